using System.Collections.Concurrent;
using System.Diagnostics;
using AkkaPerf.Http.Tests.Loopback;
using AkkaPerf.Telemetry;

namespace AkkaPerf.Http.Tests.Telemetry;

/// <summary>What becomes of a client's trace context on its way to the backend.</summary>
[Collection(nameof(Listened))]
public sealed class TraceContextTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string ClientsSpan = "b7ad6b7169203331";
    private const string Parent = $"traceparent: 00-{TraceId}-{ClientsSpan}-01";

    private readonly ConcurrentQueue<Activity> _ended = new();

    [Theory]
    [InlineData(Parent + "\r\ntracestate: vendor=1, other=x y")]
    [InlineData("traceparent: no such thing\r\ntracestate: ,,")]
    public async Task Untraced_it_stays_byte_for_byte(string fields)
    {
        using var unsampled = Listen(ActivitySamplingResult.None);
        var head = await ForwardAsync(fields);
        Assert.Contains("\r\n" + fields + "\r\n", head, StringComparison.Ordinal);
        Assert.Empty(_ended);
    }

    [Fact]
    public async Task Traced_the_exchanges_span_stands_between_the_clients_and_the_backends()
    {
        using var listener = Listen(ActivitySamplingResult.AllDataAndRecorded);
        var head = await ForwardAsync(Parent + "\r\ntracestate: vendor=1, other=x");
        var span = Assert.Single(_ended);
        Assert.Equal((TraceId, ClientsSpan, ActivityKind.Server), (span.TraceId.ToHexString(), span.ParentSpanId.ToHexString(), span.Kind));
        Assert.Equal($"00-{TraceId}-{span.SpanId.ToHexString()}-01", Assert.Single(Values(head, "traceparent")));
        Assert.Equal("vendor=1, other=x", Assert.Single(Values(head, "tracestate")));
        Assert.Equal("b0", span.GetTagItem("akkaperf.backend"));
    }

    [Theory]
    [InlineData("traceparent: no such thing\r\ntracestate: vendor=1")]
    [InlineData("X-None: 1")]
    [InlineData(Parent + "\r\n" + Parent)]
    public async Task Without_a_context_that_can_be_understood_a_trace_begins(string fields)
    {
        using var listener = Listen(ActivitySamplingResult.AllDataAndRecorded);
        var head = await ForwardAsync(fields);
        var span = Assert.Single(_ended);
        Assert.Equal((default, ActivityKind.Client), (span.ParentSpanId, span.Kind));
        Assert.Equal(span.Id, Assert.Single(Values(head, "traceparent")));
        Assert.Empty(Values(head, "tracestate"));
    }

    private static IEnumerable<string> Values(string head, string name) => head.Split("\r\n")
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim());

    private static async Task<string> ForwardAsync(string fields)
    {
        await using var origin = RawOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await Proxy.ToAsync(origin.Address);
        await RawConnection.AskAsync(proxy.Address, $"GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n{fields}\r\n\r\n");
        return Assert.Single(origin.Heads);
    }

    private ActivityListener Listen(ActivitySamplingResult sampling)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == AkkaPerfTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => sampling,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
