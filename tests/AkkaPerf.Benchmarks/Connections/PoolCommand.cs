using System.Globalization;
using Akka.Actor;
using AkkaPerf.Benchmarks.Figures;
using AkkaPerf.Connections;
using AkkaPerf.Postgres.Tests;
using AkkaPerf.TestKit;
using Npgsql;

namespace AkkaPerf.Benchmarks.Connections;

/// <summary>What it costs to take an idle connection and give it back: this pool, over connections that lead nowhere and over PostgreSQL, beside Npgsql's own.</summary>
internal static class PoolCommand
{
    private const int Requests = 500_000;
    private const int Max = 64;

    public static async Task<int> RunAsync(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 7;
        var system = ActorSystem.Create("pools");
        var server = PostgresServer.Programs is null ? null : await PostgresServer.CreateAsync();
        try
        {
            foreach (var callers in new[] { 1, 64 })
            {
                await RunAsync(system, server, callers, rounds);
            }
        }
        finally
        {
            await system.Terminate();
            if (server is not null)
            {
                await server.DisposeAsync();
            }
        }

        return 0;
    }

    private static async Task RunAsync(ActorSystem system, PostgresServer? server, int callers, int rounds)
    {
        var options = new ConnectionOptions { MaxPerBackend = Max };
        await using var fakes = ConnectionPool.Start(system, $"fakes-{callers}", new FakeConnectionFactory(), new Uri("tcp://fake:1"), options);
        await FillAsync(callers, async () => await fakes.AcquireAsync());
        var contenders = new List<Contender> { new("AkkaPerf, connections that lead nowhere", callers, _ => UseAsync(fakes)) };
        if (server is null)
        {
            Console.WriteLine("There is no PostgreSQL server on this machine: Npgsql's pool is left out.");
            await FigureRounds.RunGroupAsync(TitleFor(callers), Requests, [.. contenders], rounds);
            return;
        }

        var factory = new NpgsqlConnectionFactory(server.ConnectionString);
        await using var postgres = ConnectionPool.Start(system, $"postgres-{callers}", factory, new Uri($"tcp://127.0.0.1:{server.Port}"), options);
        await using var npgsql = NpgsqlDataSource.Create($"{server.ConnectionString};Maximum Pool Size={Max};No Reset On Close=true");
        await using var resetting = NpgsqlDataSource.Create($"{server.ConnectionString};Maximum Pool Size={Max}");
        await FillAsync(callers, async () => await postgres.AcquireAsync());
        await FillAsync(callers, async () => await npgsql.OpenConnectionAsync());
        contenders.Add(new("AkkaPerf, PostgreSQL", callers, _ => UseAsync(postgres)));
        contenders.Add(new("Npgsql's pool, no reset on close", callers, _ => UseAsync(npgsql)));
        contenders.Add(new("Npgsql's pool, as it comes", callers, _ => UseAsync(resetting)));
        await FigureRounds.RunGroupAsync(TitleFor(callers), Requests, [.. contenders], rounds);
    }

    private static string TitleFor(int callers) => $"acquire + release of an idle connection, {callers} caller{(callers == 1 ? "" : "s")}";

    /// <summary>Has as many connections open as there are callers, and idle.</summary>
    private static async Task FillAsync(int count, Func<Task<IAsyncDisposable>> acquire)
    {
        var leases = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => acquire()));
        foreach (var lease in leases)
        {
            await lease.DisposeAsync();
        }
    }

    private static async ValueTask UseAsync<TConnection>(ConnectionPool<TConnection> pool)
        where TConnection : class
    {
        using var lease = await pool.AcquireAsync();
    }

    private static async ValueTask UseAsync(NpgsqlDataSource source)
    {
        await using var connection = await source.OpenConnectionAsync();
    }
}
