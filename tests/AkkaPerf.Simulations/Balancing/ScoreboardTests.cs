using System.Globalization;
using AkkaPerf.Balancing;
using AkkaPerf.Health;
using Xunit.Abstractions;

namespace AkkaPerf.Simulations.Balancing;

/// <summary>What the policies achieve in the workloads by which others are measured; prints the scoreboard.</summary>
public sealed class ScoreboardTests(ITestOutputHelper output)
{
    private const int Seeds = 5;

    private static readonly Setup Ours = new(BalancingPolicies.LeastResponseTime)
    {
        Passive = new PassiveOptions(),
        SlowStart = TimeSpan.FromSeconds(10),
    };

    [Fact]
    public void Buoyants_workload()
    {
        string[] policies = [BalancingPolicies.RoundRobin, BalancingPolicies.LeastConnections, BalancingPolicies.PowerOfTwoChoices, PeakEwmaPolicy.Name, BalancingPolicies.LeastResponseTime];
        var success = policies.ToDictionary(policy => policy, policy => Mean(seed => Scenarios.SlowMiddle(new Setup(policy), seed)) * 100);
        foreach (var (policy, percent) in success)
        {
            Print($"slow middle, answered within 1 s, {policy}: {percent:F3} %");
        }

        Assert.InRange(success[BalancingPolicies.RoundRobin], 95.2, 95.6);
        Assert.True(success[BalancingPolicies.LeastConnections] >= 99.4);
        Assert.True(success[PeakEwmaPolicy.Name] >= 99.90);
        Assert.True(success[BalancingPolicies.LeastResponseTime] >= 99.95);
    }

    [Fact]
    public void Sinkhole()
    {
        var blind = Mean(seed => Scenarios.Sinkhole(new Setup(BalancingPolicies.RoundRobin), seed));
        var latencyOnly = Mean(seed => Scenarios.Sinkhole(new Setup(PeakEwmaPolicy.Name), seed));
        var policyOnly = Mean(seed => Scenarios.Sinkhole(new Setup(BalancingPolicies.LeastResponseTime), seed));
        var ours = Mean(seed => Scenarios.Sinkhole(Ours, seed));
        Print($"sinkhole, failed: round robin {blind:P2}, peak EWMA {latencyOnly:P2}, least response time without ejection {policyOnly:P2}, ours {ours:P2}");

        Assert.True(policyOnly <= 0.15 * blind);
        Assert.True(ours <= 0.15 * blind);
    }

    [Fact]
    public void Temporary_failure_and_recovery()
    {
        var blind = Mean(seed => Scenarios.Outage(new Setup(BalancingPolicies.RoundRobin), seed, Seconds(10), Seconds(25)).Failed);
        var runs = Runs(seed => Scenarios.Outage(Ours, seed, Seconds(10), Seconds(25)));
        var (failed, stampede, share) = (runs.Average(static run => run.Failed), runs.Average(static run => run.Stampede), runs.Average(static run => run.Share));
        Print($"ten of which one fails for 15 s, failed: round robin {blind:P2}, ours {failed:P3}; on return, times the others': in flight at most {stampede:F2}, served at last {share:F2}");

        Assert.True(failed <= 0.05 * blind);
        Assert.True(stampede <= 1.2);
        Assert.InRange(share, 0.8, 1.2);
    }

    [Fact]
    public void Permanent_failure()
    {
        var blind = Mean(seed => Scenarios.Outage(new Setup(BalancingPolicies.RoundRobin), seed, Seconds(10), Seconds(100)).Failed);
        var failed = Mean(seed => Scenarios.Outage(Ours, seed, Seconds(10), Seconds(100)).Failed);
        Print($"ten of which one fails for 90 s, failed: round robin {blind:P2}, ours {failed:P3}");

        Assert.True(failed <= 0.01 * blind);
    }

    [Fact]
    public void Flapping()
    {
        var blind = Mean(seed => Scenarios.Flapping(new Setup(BalancingPolicies.RoundRobin), seed));
        var failed = Mean(seed => Scenarios.Flapping(Ours, seed));
        Print($"ten of which one flaps, failed: round robin {blind:P2}, ours {failed:P3}");

        Assert.True(failed <= 0.1 * blind);
    }

    [Fact]
    public void Cold_start()
    {
        var blind = Mean(seed => Scenarios.ColdStart(new Setup(BalancingPolicies.RoundRobin), seed));
        var ours = Mean(seed => Scenarios.ColdStart(Ours, seed));
        Print($"cold start, p99: round robin {blind:F0} ms, ours {ours:F0} ms");

        Assert.True(ours <= blind * 1.1);
    }

    [Fact]
    public void Many_clients_with_stale_views()
    {
        string[] policies = [BalancingPolicies.RoundRobin, BalancingPolicies.Random, BalancingPolicies.LeastConnections, BalancingPolicies.PowerOfTwoChoices, PeakEwmaPolicy.Name, BalancingPolicies.LeastResponseTime];
        var p99 = policies.ToDictionary(policy => policy, policy => Mean(seed => Scenarios.ManyClients(new Setup(policy), seed)));
        foreach (var (policy, milliseconds) in p99)
        {
            Print($"forty clients, p99, {policy}: {milliseconds:F0} ms");
        }

        Assert.True(p99[BalancingPolicies.LeastResponseTime] <= p99.Values.Min() * 1.1);
    }

    [Fact]
    public void The_same_seed_gives_the_same_run() =>
        Assert.Equal(Scenarios.SlowMiddle(Ours, seed: 7), Scenarios.SlowMiddle(Ours, seed: 7));

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private static T[] Runs<T>(Func<int, T> run) => [.. Enumerable.Range(1, Seeds).Select(run)];

    private static double Mean(Func<int, double> run) => Runs(run).Average();

    private void Print(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
