using System.Collections.Concurrent;
using AkkaPerf.Backends;
using AkkaPerf.Balancing;
using AkkaPerf.Balancing.Policies;
using AkkaPerf.Statistics;
using AkkaPerf.Tests.Backends;

namespace AkkaPerf.Tests.Balancing;

/// <summary>The two round robins: exact sequences, exact counts, from any place, over any change.</summary>
public sealed class RotationTests
{
    [Theory]
    [InlineData(0u)]
    [InlineData(int.MaxValue - 3)]
    [InlineData(uint.MaxValue - 8)]
    public void Round_robin_goes_round_wherever_it_starts_and_whatever_overflows(uint start)
    {
        var policy = new RoundRobinPolicy(start);
        using var fleet = Fleet.Of(1, 1, 1);
        var picks = Picks(fleet, policy, 12);

        // Where the counter overflows one comes twice, since 2^32 is no multiple of three: once in four thousand million picks.
        Assert.True(Enumerable.Range(1, 11).Count(i => picks[i - 1] == picks[i]) <= (start > int.MaxValue ? 1 : 0));
        Assert.All(Enumerable.Range(0, 3), one => Assert.InRange(picks.Count(pick => pick == one), 3, 5));
    }

    [Fact]
    public void Round_robin_rotates_over_those_that_are_well()
    {
        using var fleet = Fleet.Of(1, 1, 1, 1, 1);
        var selector = fleet.Select("round-robin");
        fleet.Judge("b", ProbeVerdict.Down);
        fleet.Judge("c", ProbeVerdict.Down);

        // Passing over the dead would give d three turns of five.
        var picks = Enumerable.Range(0, 30).Select(_ => fleet.Pass(selector)).ToArray();
        Assert.Equal([("a", 10), ("d", 10), ("e", 10)], picks.CountBy(static id => id).Select(static pair => (pair.Key, pair.Value)).Order());
    }

    [Fact]
    public void Round_robin_does_not_begin_anew_with_every_change()
    {
        using var fleet = Fleet.Of(1, 1, 1, 1);
        var selector = fleet.Select("round-robin");
        var counts = new Dictionary<string, int>();
        for (var i = 0; i < 4000; i++)
        {
            // Each change makes a new snapshot of the same four.
            fleet.Directory.SetWeight("d", 1 + (i % 2));
            var id = fleet.Pass(selector);
            counts[id] = counts.GetValueOrDefault(id) + 1;
        }

        Assert.All(counts.Values, static count => Assert.Equal(1000, count));
    }

    [Fact]
    public void Processes_that_begin_together_begin_with_different_backends()
    {
        var first = Enumerable.Range(0, 60).Select(static seed =>
        {
            using var fleet = new Fleet(seed: seed);
            fleet.AddUp(1, 1, 1);
            return fleet.Pass(fleet.Select("round-robin"));
        });
        Assert.Equal(3, first.Distinct().Count());
    }

    [Fact]
    public void Smooth_weighted_round_robin_gives_a_a_b_a_c_a_a()
    {
        var order = new SmoothOrder([5, 1, 1]);
        Assert.Equal("aabacaa", string.Concat(order.Order.ToArray().Select(static index => Fleet.IdOf(index))));
    }

    [Fact]
    public void Weighted_round_robin_repeats_it_from_wherever_it_starts()
    {
        using var fleet = Fleet.Of(5, 1, 1);
        var picks = string.Concat(Picks(fleet, new WeightedRoundRobinPolicy(0), 21).Select(Fleet.IdOf));
        Assert.Equal("aabacaaaabacaaaabacaa", picks);
        Assert.Equal("bacaaaabacaaaabacaaaa", string.Concat(Picks(fleet, new WeightedRoundRobinPolicy(2), 21).Select(Fleet.IdOf)));
    }

    [Fact]
    public void Every_window_of_the_weights_sum_has_exactly_their_counts()
    {
        var random = new Random(1);
        for (var round = 0; round < 200; round++)
        {
            var weights = Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.Next(0, 30)).ToArray();
            if (weights.Sum() == 0)
            {
                continue;
            }

            var order = new SmoothOrder(weights).Order.ToArray();
            Assert.Equal(weights.Sum(), order.Length);
            for (var i = 0; i < weights.Length; i++)
            {
                // The order repeats, so any window of its length has the counts of one round.
                Assert.Equal(weights[i], order.Count(index => index == i));
            }
        }
    }

    [Fact]
    public void Smooth_means_that_nobody_waits_much_longer_than_its_share_says()
    {
        var random = new Random(2);
        var longest = 0.0;
        for (var round = 0; round < 100; round++)
        {
            var weights = Enumerable.Range(0, random.Next(2, 8)).Select(_ => random.Next(1, 20)).ToArray();
            var order = new SmoothOrder(weights).Order.ToArray();
            for (var i = 0; i < weights.Length; i++)
            {
                longest = Math.Max(longest, LongestGap(order, i) * weights[i] / (double)order.Length);
            }
        }

        // No bound is published; recorded, so that a change for the worse is seen.
        Assert.InRange(longest, 1, 3);
    }

    [Fact]
    public void Beyond_the_longest_exact_order_strides_keep_the_shares()
    {
        int[] weights = [997, 991, 983, 977, 971, 500, 3, 1];
        using var fleet = Fleet.Of(weights);
        Assert.IsType<StrideOrder>(WeightedOrder.Of(fleet.Directory.Current.Parts[0].Group));
        var picks = Picks(fleet, new WeightedRoundRobinPolicy(0), 1_000_000);
        var total = (double)weights.Sum();
        Assert.All(weights.Index(), one =>
            Assert.InRange(picks.Count(pick => pick == one.Index) / 1_000_000.0, (one.Item / total) - 0.001, (one.Item / total) + 0.001));
        Assert.All(weights.Index(), one => Assert.Contains(one.Index, picks));
    }

    [Fact]
    public void One_weight_far_above_all_others_costs_few_turns_a_pick_and_keeps_the_shares()
    {
        int[] weights = [1000, .. Enumerable.Repeat(1, 4000)];
        using var fleet = Fleet.Of(weights);
        var order = Assert.IsType<StrideOrder>(WeightedOrder.Of(fleet.Directory.Current.Parts[0].Group));
        var (turn, longest, great) = (new Turn(0), 0U, 0);
        for (var i = 0; i < 200_000; i++)
        {
            var before = turn.Next;
            great += order.Take(ref turn) == 0 ? 1 : 0;
            longest = Math.Max(longest, turn.Next - before);
        }

        Assert.InRange(longest, 2U, 16U);
        Assert.InRange(great / 200_000.0, 0.195, 0.205);
    }

    [Fact]
    public void Common_divisors_do_not_count()
    {
        using var fleet = Fleet.Of(1000, 500, 250);
        Assert.Equal(7, Assert.IsType<SmoothOrder>(WeightedOrder.Of(fleet.Directory.Current.Parts[0].Group)).Order.Length);
    }

    [Theory]
    [InlineData("round-robin")]
    [InlineData("weighted-round-robin")]
    [InlineData("random")]
    [InlineData("least-connections")]
    [InlineData("least-response-time")]
    [InlineData("power-of-two-choices")]
    [InlineData("consistent-hash")]
    [InlineData("maglev")]
    public void Weight_zero_is_never_picked(string policy)
    {
        using var fleet = Fleet.Of(3, 0, 2);
        var selector = fleet.Select(policy);
        Assert.All(Enumerable.Range(0, 2000), i => Assert.NotEqual("b", fleet.Pass(selector, $"{i}")));
    }

    [Fact]
    public void Weights_and_members_may_change_within_a_round()
    {
        using var fleet = Fleet.Of(4, 2, 1);
        var selector = fleet.Select("weighted-round-robin");
        for (var i = 0; i < 5; i++)
        {
            fleet.Pass(selector);
        }

        fleet.Directory.SetWeight("a", 1);
        fleet.Directory.Remove("b");
        Assert.Equal([("a", 50), ("c", 50)], Enumerable.Range(0, 100).Select(_ => fleet.Pass(selector)).CountBy(static id => id).Select(static pair => (pair.Key, pair.Value)).Order());
    }

    [Fact]
    public async Task A_million_picks_from_eight_threads_keep_the_shares()
    {
        using var fleet = Fleet.Of(5, 3, 1, 1);
        var policy = new WeightedRoundRobinPolicy(uint.MaxValue - 1000);
        var counts = new ConcurrentBag<int[]>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            var own = new int[4];
            foreach (var pick in Picks(fleet, policy, 125_000))
            {
                own[pick]++;
            }

            counts.Add(own);
        })));

        var shares = Enumerable.Range(0, 4).Select(index => counts.Sum(own => own[index]) / 1_000_000.0).ToArray();
        Assert.All(shares.Zip([0.5, 0.3, 0.1, 0.1]), static pair => Assert.InRange(pair.First, pair.Second - 0.001, pair.Second + 0.001));
    }

    // Every turn is somebody's exactly once, so the counts are those of one thread, whoever takes which.
    [Theory]
    [InlineData(0u)]
    [InlineData(uint.MaxValue - 100_000)]
    public async Task A_million_picks_by_stride_from_eight_threads_are_those_of_one(uint start)
    {
        int[] weights = [997, 991, 983, 977, 971, 500, 3, 0, 1];
        using var fleet = Fleet.Of(weights);
        Assert.IsType<StrideOrder>(WeightedOrder.Of(fleet.Directory.Current.Parts[0].Group));
        var policy = new WeightedRoundRobinPolicy(start);
        var picks = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Picks(fleet, policy, 125_000))));

        var counts = picks.SelectMany(static own => own).CountBy(static pick => pick).OrderBy(static pair => pair.Key).ToArray();
        Assert.Equal(Picks(fleet, new WeightedRoundRobinPolicy(start), 1_000_000).CountBy(static pick => pick).OrderBy(static pair => pair.Key), counts);
        var total = (double)weights.Sum();
        Assert.All(weights.Where(static weight => weight > 0).Zip(counts), pair =>
            Assert.InRange(pair.Second.Value / 1_000_000.0, (pair.First / total) - 0.001, (pair.First / total) + 0.001));
    }

    // After 65,535 rounds strides are where they began, and each has had what its weight is of the greatest.
    [Fact]
    public void In_a_whole_period_strides_are_exact()
    {
        using var fleet = Fleet.Of(1000, 999, 998, 997, 996);
        var order = Assert.IsType<StrideOrder>(WeightedOrder.Of(fleet.Directory.Current.Parts[0].Group));
        var (turn, counts) = (new Turn(0), new int[5]);
        for (var pick = order.Take(ref turn); turn.Next <= 5 * 65_535; pick = order.Take(ref turn))
        {
            counts[pick]++;
        }

        Assert.Equal([65_535, 65_469, 65_404, 65_338, 65_273], counts);
    }

    internal static int[] Picks(Fleet fleet, IBalancingPolicy policy, int count)
    {
        var random = new PlainRandom(1);
        var group = fleet.Directory.Current.Parts[0].Group;
        var picks = new int[count];
        for (var i = 0; i < count; i++)
        {
            picks[i] = policy.Pick(new PickContext(group, key: null, tried: null, fleet.Time.GetTimestamp(), random));
        }

        return picks;
    }

    private static int LongestGap(ushort[] order, int index)
    {
        var (last, longest) = (-1, 0);
        for (var i = 0; i < 2 * order.Length; i++)
        {
            if (order[i % order.Length] == index)
            {
                longest = last < 0 ? longest : Math.Max(longest, i - last);
                last = i;
            }
        }

        return longest;
    }

    [Fact]
    public void The_order_is_nginxs_whatever_the_weights()
    {
        var random = new Random(11);
        for (var round = 0; round < 200; round++)
        {
            var weights = Enumerable.Range(0, 1 + random.Next(40)).Select(_ => random.Next(round % 2 == 0 ? 4 : 60)).Append(1).ToArray();
            Assert.Equal(Nginx(weights), new SmoothOrder(weights).Order.ToArray());
        }
    }

    [Fact]
    public void What_one_has_no_room_for_and_what_is_tried_again_falls_on_all_the_others()
    {
        using var fleet = new Fleet();
        fleet.AddUp(Enumerable.Range(0, 10).Select(static i => new BackendOptions { Id = Fleet.IdOf(i), Address = new Uri("http://x.test"), MaxInFlight = i == 3 ? 1 : 0 }));
        var selector = fleet.Select("round-robin");
        Assert.True(fleet["d"].Backend.TryAssign(limit: 1, fleet.Time.GetTimestamp()));
        var picks = Enumerable.Range(0, 10_000).Select(_ => fleet.Pass(selector)).CountBy(static id => id).ToDictionary();
        Assert.Equal(9, picks.Count);
        Assert.All(picks.Values, static count => Assert.InRange(count, 1050, 1175));

        var tried = new TriedBackends();
        tried.Add(fleet["a"].Backend);
        var again = Enumerable.Range(0, 10_000).Select(_ => PassAgain()).CountBy(static id => id).ToDictionary();
        Assert.Equal(8, again.Count);
        Assert.All(again.Values, static count => Assert.InRange(count, 1150, 1350));

        string PassAgain()
        {
            var backend = fleet.Assign(selector, key: null, tried);
            fleet.End(backend);
            return backend.Id;
        }
    }

    // ngx_http_upstream_get_peer, word for word.
    private static ushort[] Nginx(int[] weights)
    {
        var current = new int[weights.Length];
        var order = new ushort[weights.Sum()];
        for (var turn = 0; turn < order.Length; turn++)
        {
            var best = -1;
            for (var i = 0; i < weights.Length; i++)
            {
                current[i] += weights[i];
                best = weights[i] > 0 && (best < 0 || current[i] > current[best]) ? i : best;
            }

            current[best] -= order.Length;
            order[turn] = (ushort)best;
        }

        return order;
    }
}
