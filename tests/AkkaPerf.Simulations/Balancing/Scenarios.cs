namespace AkkaPerf.Simulations.Balancing;

/// <summary>Workloads in virtual time, by seed; production's policies, health and slow start.</summary>
internal static class Scenarios
{
    /// <summary>The part that was answered within a second: eleven servers, 1,000 requests a second for a minute, one takes 2 s from 15 s to 45 s (Buoyant 2016).</summary>
    public static double SlowMiddle(Setup setup, int seed)
    {
        var clock = new VirtualClock();
        var servers = Servers(clock, 11, seed);
        clock.At(TimeSpan.FromSeconds(15), () => servers[4].Latency = static (_, _) => TimeSpan.FromSeconds(2));
        clock.At(TimeSpan.FromSeconds(45), () => servers[4].Latency = static (random, _) => LatencyCurve.Steady.Draw(random));
        var client = new Client(clock, servers, setup, seed);
        client.SendPerSecond(1000, TimeSpan.FromSeconds(60), new Random(seed + 3));
        clock.RunUntil(TimeSpan.FromSeconds(70));
        return (double)client.InTime / client.Sent;
    }

    /// <summary>The part of all requests that failed: of twenty servers two fail at once, from 10 s on for 50 s.</summary>
    public static double Sinkhole(Setup setup, int seed)
    {
        var clock = new VirtualClock();
        var servers = Servers(clock, 20, seed);
        clock.At(TimeSpan.FromSeconds(10), () => (servers[3].Fails, servers[11].Fails) = (true, true));
        var client = new Client(clock, servers, setup, seed);
        client.SendPerSecond(1000, TimeSpan.FromSeconds(60), new Random(seed + 3));
        clock.RunUntil(TimeSpan.FromSeconds(70));
        return (double)client.Failed / client.Sent;
    }

    /// <summary>The part that failed; then, beside the others' mean, what the server had at most in flight after it was well again, and what it served in the last ten seconds.</summary>
    public static (double Failed, double Stampede, double Share) Outage(Setup setup, int seed, TimeSpan from, TimeSpan until)
    {
        var clock = new VirtualClock();
        var servers = Servers(clock, 10, seed);
        var (returned, others) = (servers[2], servers.Where((_, index) => index != 2).ToList());
        var end = until + TimeSpan.FromSeconds(80);
        clock.At(from, () => returned.Fails = true);
        clock.At(until, () =>
        {
            returned.Fails = false;
            servers.ForEach(static server => server.ForgetMax());
        });
        var client = new Client(clock, servers, setup, seed);
        client.SendPerSecond(1000, end, new Random(seed + 3));
        clock.RunUntil(end - TimeSpan.FromSeconds(10));
        var before = servers.ToDictionary(static server => server, static server => server.Served);
        clock.RunUntil(end);
        var share = (returned.Served - before[returned]) / others.Average(server => server.Served - before[server]);
        return ((double)client.Failed / client.Sent, returned.MaxInFlight / others.Average(static server => server.MaxInFlight), share);
    }

    /// <summary>The part that failed: one of ten servers fails three seconds of every six.</summary>
    public static double Flapping(Setup setup, int seed)
    {
        var clock = new VirtualClock();
        var servers = Servers(clock, 10, seed);
        for (var second = 5; second < 120; second += 6)
        {
            clock.At(TimeSpan.FromSeconds(second), () => servers[7].Fails = true);
            clock.At(TimeSpan.FromSeconds(second + 3), () => servers[7].Fails = false);
        }

        var client = new Client(clock, servers, setup, seed);
        client.SendPerSecond(500, TimeSpan.FromSeconds(120), new Random(seed + 3));
        clock.RunUntil(TimeSpan.FromSeconds(130));
        return (double)client.Failed / client.Sent;
    }

    /// <summary>The 99th percentile in ms of a fleet that begins cold: for the first seconds each server takes ten times as long until it has served a hundred.</summary>
    public static double ColdStart(Setup setup, int seed)
    {
        var clock = new VirtualClock();
        var servers = Servers(clock, 10, seed);
        foreach (var server in servers)
        {
            server.Latency = (random, _) => LatencyCurve.Tailed.Draw(random) * (server.Served < 100 ? 10 : 1);
        }

        var client = new Client(clock, servers, setup, seed);
        client.SendPerSecond(1000, TimeSpan.FromSeconds(30), new Random(seed + 3));
        clock.RunUntil(TimeSpan.FromSeconds(60));
        return Percentile(client.Latencies, 0.99);
    }

    /// <summary>
    /// The 99th percentile in ms over forty clients that know only what they sent themselves, over twenty servers of which a quarter is half as fast,
    /// each slower the more it has in flight, at about two thirds of what they can do.
    /// </summary>
    public static double ManyClients(Setup setup, int seed)
    {
        var clock = new VirtualClock();
        var servers = Servers(clock, 20, seed);
        foreach (var (index, server) in servers.Index())
        {
            // Ten at a time at full speed; more share it.
            var speed = index % 4 == 0 ? 2 : 1;
            server.Latency = (random, inFlight) => LatencyCurve.Tailed.Draw(random) * speed * Math.Max(1, inFlight / 10.0);
        }

        var clients = Enumerable.Range(0, 40).Select(one => new Client(clock, servers, setup, seed + (one * 10))).ToList();
        foreach (var (index, client) in clients.Index())
        {
            client.SendPerSecond(170, TimeSpan.FromSeconds(20), new Random(seed + index + 1000));
        }

        clock.RunUntil(TimeSpan.FromSeconds(40));
        return Percentile([.. clients.SelectMany(static client => client.Latencies)], 0.99);
    }

    private static List<Server> Servers(VirtualClock clock, int count, int seed) =>
        [.. Enumerable.Range(0, count).Select(index => new Server(clock, $"s{index}", new Random((seed * 1000) + index)))];

    private static double Percentile(List<double> values, double quantile)
    {
        values.Sort();
        return values[(int)(quantile * (values.Count - 1))];
    }
}
