using AkkaPerf.Backends;
using AkkaPerf.TestKit;
using AkkaPerf.Tests.Caching.Distributed;

namespace AkkaPerf.Tests.Pipeline;

/// <summary>The connections of a running pipeline, seen and resized.</summary>
public sealed class PipelineConnectionsTests
{
    [Fact]
    public async Task A_pipeline_without_connections_has_none_to_resize()
    {
        await using var pipeline = TestPipeline.Start<string, string>(builder => builder.Handle((request, _) => ValueTask.FromResult(request)));

        Assert.Null(pipeline.Pipeline.Connections);
    }

    [Fact]
    public async Task Numbers_change_for_every_backend_for_one_and_for_those_to_come()
    {
        var factory = new FakeConnectionFactory();
        await using var test = Start(factory);
        var connections = test.Pipeline.Connections!;

        // Perhaps before the pools are there.
        connections.Resize(5, 1);
        connections.Resize("later", 3, 2);
        await Until.So(() => Limits().SequenceEqual([("a", 5, 1)]));
        test.Pipeline.Backends!.Add(new BackendOptions { Id = "later", Address = new Uri("tcp://later:1") });
        test.Pipeline.Backends!.Add(new BackendOptions { Id = "z", Address = new Uri("tcp://z:1") });
        await Until.So(() => Limits().SequenceEqual([("a", 5, 1), ("later", 3, 2), ("z", 5, 1)]));
        connections.Resize(9, 0);
        await Until.So(() => Limits().SequenceEqual([("a", 9, 0), ("later", 3, 2), ("z", 9, 0)]));

        Assert.Throws<ArgumentOutOfRangeException>(() => connections.Resize(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => connections.Resize("a", 1, 2));

        IEnumerable<(string Id, int Max, int MinIdle)> Limits() =>
            connections.Current.Select(pool => (pool.Backend.Id, pool.Max, pool.MinIdle)).OrderBy(pool => pool.Id, StringComparer.Ordinal);
    }

    [Fact]
    public async Task More_connections_serve_those_who_wait()
    {
        var factory = new FakeConnectionFactory();
        var held = new TaskCompletionSource();
        await using var test = Start(factory, held.Task);
        test.Pipeline.Connections!.Resize(1, 0);
        var sends = Enumerable.Range(0, 3).Select(_ => test.Pipeline.SendAsync("x").AsTask()).ToArray();
        await Until.So(() => test.Pipeline.Describe().Waiting.Connection == 2);

        test.Pipeline.Connections.Resize(3, 0);
        await factory.WaitUntilAsync(all => all.OpenNow == 3);
        await Until.So(() => test.Pipeline.Describe().Waiting.Connection == 0);
        held.SetResult();

        await Task.WhenAll(sends);
    }

    [Fact]
    public async Task A_backends_own_number_is_credit_so_that_whoever_has_none_waits_above_until_it_grows()
    {
        var factory = new FakeConnectionFactory();
        var held = new TaskCompletionSource();
        await using var test = Start(factory, held.Task, maxConnections: 1);
        var sends = Enumerable.Range(0, 3).Select(_ => test.Pipeline.SendAsync("x").AsTask()).ToArray();
        await Until.So(() => test.Pipeline.Describe() is { Waiting: { Room: 2, Connection: 0 }, Backends: [{ InFlight: 1, Connections.Leased: 1 }] });

        test.Pipeline.Connections!.Resize("a", 2, 0);
        await Until.So(() => test.Pipeline.Describe() is { Waiting: { Room: 1, Connection: 0 }, Backends: [{ InFlight: 2, Connections.Leased: 2 }] });
        held.SetResult();

        await Task.WhenAll(sends);
    }

    private static TestPipeline<string, string> Start(FakeConnectionFactory factory, Task? held = null, int maxConnections = 0) => TestPipeline.Start<string, string>(builder => builder
        .Configure(options =>
        {
            options.Health.Enabled = false;
            options.Backends.Add(new BackendOptions { Id = "a", Address = new Uri("tcp://a:1"), MaxConnections = maxConnections });
        })
        .ConnectWith(factory)
        .Handle(async (request, _, _) =>
        {
            await (held ?? Task.CompletedTask);
            return request;
        }));
}
