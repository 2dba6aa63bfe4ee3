using AkkaPerf.Backends;
using AkkaPerf.Health;
using Status = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace AkkaPerf.Tests.Health;

public class GrpcHealthProbeTests
{
    [Theory]
    [InlineData(Status.Serving, true, "serving")]
    [InlineData(Status.NotServing, false, "not serving")]
    [InlineData(Status.Unknown, false, "gRPC serving status 0")]
    public async Task A_real_servers_word_decides(Status status, bool isUp, string detail)
    {
        await using var server = await GrpcServer.StartAsync();
        server.Set("", status);
        using var probe = new GrpcHealthProbe();
        Assert.Equal(new ProbeResult(isUp, detail), await ProbeAsync(probe, server.Address));
        Assert.Equal(new ProbeResult(isUp, detail), await ProbeAsync(probe, server.Address));
    }

    [Fact]
    public async Task Its_service_is_the_one_that_is_asked_for()
    {
        var service = "shop." + new string('x', 200);
        await using var server = await GrpcServer.StartAsync();
        server.Set("", Status.NotServing);
        server.Set(service, Status.Serving);
        using var probe = new GrpcHealthProbe(service);
        Assert.True((await ProbeAsync(probe, server.Address)).IsUp);
        using var other = new GrpcHealthProbe("stock");
        Assert.Equal(new ProbeResult(IsUp: false, "the server knows no service 'stock'"), await ProbeAsync(other, server.Address));
    }

    [Fact]
    public async Task A_server_without_the_health_service_is_down_and_the_cause_says_so()
    {
        await using var server = await GrpcServer.StartAsync(hasHealthService: false);
        using var probe = new GrpcHealthProbe();
        Assert.Equal(new ProbeResult(IsUp: false, "the server has no gRPC health service"), await ProbeAsync(probe, server.Address));
    }

    [Fact]
    public async Task Nobody_there_is_down()
    {
        using var probe = new GrpcHealthProbe();
        using var closing = new ClosedPort();
        Assert.Equal("connection refused", (await ProbeAsync(probe, new Uri($"http://127.0.0.1:{closing.Number}"))).Detail);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("0000000000", 0)]
    [InlineData("00000000020801", 1)]
    [InlineData("00000000020802FFFF", 2)]
    [InlineData("000000000B0801120161180119" + "00", null)]
    [InlineData("000000000612026162" + "0801", 1)]
    [InlineData("0000000003080180", null)]
    [InlineData("0000000010", null)]
    [InlineData("01000000020801", null)]
    [InlineData("00FFFFFFFF0801", null)]
    public void Answers_are_read_as_protobuf_and_nothing_else_passes(string hex, int? status) =>
        Assert.Equal(status, GrpcHealthMessages.ServingStatusOf(Convert.FromHexString(hex)));

    [Fact]
    public void Garbage_is_no_answer_and_no_exception()
    {
        const int Seed = 77;
        var random = new Random(Seed);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(30)];
            random.NextBytes(bytes);
            if (bytes.Length > 4)
            {
                Array.Clear(bytes, 0, 4);
            }

            GrpcHealthMessages.ServingStatusOf(bytes);
        }
    }

    private static async Task<ProbeResult> ProbeAsync(GrpcHealthProbe probe, Uri address) =>
        await probe.ProbeAsync(new Backend("a", address), CancellationToken.None);
}
