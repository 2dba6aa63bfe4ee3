using AkkaPerf.Connections;
using AkkaPerf.TestKit;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace AkkaPerf.Postgres.Tests;

/// <summary>The pool by itself over a real server; its time is virtual.</summary>
public sealed class PostgresPoolTests : Akka.TestKit.Xunit2.TestKit, IClassFixture<PostgresFixture>
{
    private readonly PostgresFixture _fixture;
    private readonly FakeTimeProvider _time = new();
    private readonly string _application = $"akkaperf-{Guid.NewGuid():N}";

    public PostgresPoolTests(PostgresFixture fixture)
    {
        _fixture = fixture;
    }

    private PostgresServer Server => _fixture.Server;

    [SkippableFact]
    public async Task An_idle_session_that_the_server_ended_is_retired_before_it_is_handed_out()
    {
        await using (var pool = Start())
        {
            var killed = await ProcessIdAsync(pool);
            await Server.ExecuteAsync($"SELECT pg_terminate_backend({killed})");
            await Sessions(0);
            _time.Advance(TimeSpan.FromSeconds(1));

            Assert.NotEqual(killed, await ProcessIdAsync(pool));
            await Patience.UntilAsync(() => pool.Snapshot.ClosedTotal == 1, () => "the dead connection to be closed", CancellationToken.None);
        }

        await Sessions(0);
    }

    [SkippableFact]
    public async Task A_session_that_the_server_ends_while_it_is_leased_is_retired_when_it_comes_back()
    {
        await using (var pool = Start())
        {
            int killed;
            await using (var lease = await pool.AcquireAsync())
            {
                killed = lease.Connection.ProcessID;
                await Server.ExecuteAsync($"SELECT pg_terminate_backend({killed})");
                await using var command = new NpgsqlCommand("SELECT 1", lease.Connection);
                await Assert.ThrowsAnyAsync<NpgsqlException>(() => command.ExecuteScalarAsync());
                lease.MarkBroken();
            }

            Assert.NotEqual(killed, await ProcessIdAsync(pool));
        }

        await Sessions(0);
    }

    [SkippableFact]
    public async Task Keep_alive_replaces_what_the_server_has_ended_before_anybody_needs_it()
    {
        await using (var pool = Start(new ConnectionOptions { MinIdle = 2, MaxPerBackend = 4, KeepAlive = TimeSpan.FromSeconds(30) }))
        {
            await Patience.UntilAsync(() => pool.Snapshot.Idle == 2, () => "two idle connections", CancellationToken.None);
            await Server.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{_application}'");
            await Sessions(0);

            // Once: the server answers in real time, and must not be timed out by a clock that runs away.
            _time.Advance(TimeSpan.FromSeconds(40));
            await Patience.UntilAsync(() => pool.Snapshot is { OpenedTotal: 4, Idle: 2 }, () => $"two others: {pool.Snapshot}", CancellationToken.None);
            await Sessions(2);
        }

        await Sessions(0);
    }

    [SkippableFact]
    public async Task While_the_server_is_down_connects_fail_and_once_it_is_back_they_start_at_once()
    {
        await using (var pool = Start(new ConnectionOptions { AcquireTimeout = TimeSpan.FromHours(1), ConnectTimeout = TimeSpan.FromMinutes(10) }))
        {
            await ProcessIdAsync(pool);
            _time.Advance(TimeSpan.FromSeconds(1));
            await Server.StopAsync();
            var waiting = ProcessIdAsync(pool);
            try
            {
                await Patience.UntilAsync(() => pool.Snapshot.LastConnectFailure is not null, () => "a failed connect", CancellationToken.None);
            }
            finally
            {
                await Server.StartAsync();
            }

            // The clock stands still: nothing else ends the back-off.
            pool.BackendIsBack();
            Assert.NotEqual(0, await waiting.WaitAsync(TimeSpan.FromSeconds(60)));
        }

        await Sessions(0);
    }

    [SkippableFact]
    public async Task Many_callers_share_few_sessions_and_leave_none_behind()
    {
        await using (var pool = Start(new ConnectionOptions { MaxPerBackend = 4, AcquireTimeout = TimeSpan.FromHours(1) }))
        {
            await Task.WhenAll(Enumerable.Range(0, 64).Select(async seed =>
            {
                var random = new Random(seed);
                for (var round = 0; round < 20; round++)
                {
                    await using var lease = await pool.AcquireAsync();
                    await using var command = new NpgsqlCommand("SELECT 1", lease.Connection);
                    Assert.Equal(1, await command.ExecuteScalarAsync());
                    if (random.Next(20) == 0)
                    {
                        lease.MarkBroken();
                    }
                }
            }));

            Assert.InRange(await Server.SessionsOfAsync(_application), 1, 5);
            Assert.InRange(pool.Snapshot.Open, 1, 4);
        }

        await Sessions(0);
    }

    private static async Task<int> ProcessIdAsync(ConnectionPool<NpgsqlConnection> pool)
    {
        await using var lease = await pool.AcquireAsync();
        await using var command = new NpgsqlCommand("SELECT pg_backend_pid()", lease.Connection);
        return (int)(await command.ExecuteScalarAsync())!;
    }

    private ConnectionPool<NpgsqlConnection> Start(ConnectionOptions? options = null) => ConnectionPool.Start(
        Sys,
        "postgres",
        new NpgsqlConnectionFactory($"Username=postgres;Database=postgres;Application Name={_application}"),
        new Uri($"tcp://127.0.0.1:{Server.Port}"),
        options ?? new ConnectionOptions(),
        _time);

    /// <summary>A session ends a little after its connection.</summary>
    private async Task Sessions(int count)
    {
        for (var start = TimeProvider.System.GetTimestamp(); await Server.SessionsOfAsync(_application) != count;)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), $"There are not {count} sessions after 60 s.");
            await Task.Delay(TimeSpan.FromMilliseconds(5));
        }
    }
}
