using AkkaPerf.Backends;
using AkkaPerf.Exchanges;
using AkkaPerf.TestKit;
using Npgsql;

namespace AkkaPerf.Postgres.Tests;

/// <summary>A pipeline over a real server: queries, a server that goes and comes, sessions that are killed, nothing left behind.</summary>
public sealed class PostgresPipelineTests : IClassFixture<PostgresFixture>
{
    private readonly PostgresFixture _fixture;
    private readonly string _application = $"akkaperf-{Guid.NewGuid():N}";

    public PostgresPipelineTests(PostgresFixture fixture)
    {
        _fixture = fixture;
    }

    private PostgresServer Server => _fixture.Server;

    [SkippableFact]
    public async Task Many_queries_share_few_connections()
    {
        await using (var test = Start(max: 5))
        {
            var answers = await test.Pipeline.SendBatchAsync([.. Enumerable.Range(1, 500)]);

            Assert.All(answers.Select((answer, index) => (answer, index)), pair => Assert.Equal((pair.index + 1) * 2, pair.answer.Value));
            var pool = test.Pipeline.Connections!.Current.Single();
            Assert.InRange(pool.OpenedTotal, 1, 5);
            Assert.Equal(pool.Open, await Server.SessionsOfAsync(_application));
        }

        await NothingLeftAsync();
    }

    [SkippableFact]
    public async Task A_query_that_fails_costs_its_connection_and_nothing_else()
    {
        await using (var test = Start(max: 1))
        {
            Assert.Equal(2, await test.Pipeline.SendAsync(1));
            Assert.IsType<PostgresException>((await test.Pipeline.TrySendAsync(0)).Exception);
            Assert.Equal(4, await test.Pipeline.SendAsync(2));

            await UntilAsync(() => Task.FromResult(test.Pipeline.Connections!.Current.Single() is { OpenedTotal: 2, ClosedTotal: 1, Open: 1 }));
        }

        await NothingLeftAsync();
    }

    [SkippableFact]
    public async Task When_the_server_was_stopped_and_started_again_queries_are_answered_again()
    {
        await using (var test = Start(max: 3, probed: true))
        {
            await UntilAsync(async () => (await AskAsync(test, 1)).IsSuccess, test);
            await Server.StopAsync();
            try
            {
                await UntilAsync(async () => (await AskAsync(test, 1)) is { IsSuccess: false, Reason: RefusalReason.NoHealthyBackend }, test);
            }
            finally
            {
                await Server.StartAsync();
            }

            await UntilAsync(async () => (await AskAsync(test, 4)).IsSuccess, test);
            Assert.Null(test.Pipeline.Connections!.Current.Single().LastConnectFailure);
        }

        await NothingLeftAsync();
    }

    private static async Task<Outcome<int>> AskAsync(TestPipeline<int, int> test, int number)
    {
        // Who waits for a connect or a verdict waits in virtual time.
        var sending = test.Pipeline.TrySendAsync(number).AsTask();
        await UntilAsync(() => Task.FromResult(sending.IsCompleted), test);
        return await sending;
    }

    private TestPipeline<int, int> Start(int max, bool probed = false) => TestPipeline.Start<int, int>(builder => builder
        .Configure(options =>
        {
            // The server takes real time: none of it may be too short in virtual time.
            options.Timeout = TimeSpan.FromHours(1);
            options.Connections.AcquireTimeout = options.Connections.ConnectTimeout = TimeSpan.FromMinutes(10);
            options.Health.Timeout = TimeSpan.FromMinutes(10);
            options.Health.Enabled = probed;
            options.Connections.MaxPerBackend = max;
            options.Backends.Add(new BackendOptions { Id = "db", Address = new Uri($"tcp://127.0.0.1:{Server.Port}") });
        })
        .ConnectWith(new NpgsqlConnectionFactory($"Username=postgres;Database=postgres;Application Name={_application}"))
        .Handle(DoubleAsync));

    private static async ValueTask<int> DoubleAsync(int number, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT 2 * $1 * $1 / $1", connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = number });
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private Task NothingLeftAsync() => UntilAsync(async () => await Server.SessionsOfAsync(_application) == 0);

    /// <summary>The server and its sessions take real time; with a pipeline its virtual time goes on between two looks.</summary>
    private static async Task UntilAsync(Func<Task<bool>> isSo, TestPipeline<int, int>? test = null)
    {
        for (var start = TimeProvider.System.GetTimestamp(); !await isSo();)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "It did not come about within 60 s.");
            test?.Time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Delay(TimeSpan.FromMilliseconds(5));
        }
    }
}
