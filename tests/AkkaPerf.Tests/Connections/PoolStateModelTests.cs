using AkkaPerf.Connections;

namespace AkkaPerf.Tests.Connections;

/// <summary>Random steps, and what must hold after each of them.</summary>
public sealed class PoolStateModelTests
{
    private const int Steps = 2_000;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Whatever_happens_limits_order_and_endings_hold(int seed)
    {
        var random = new Random(seed);
        var options = new ConnectionOptions
        {
            MaxPerBackend = random.Next(1, 12),
            AcquireTimeout = TimeSpan.FromMilliseconds(random.Next(5, 3_000)),
            ConnectTimeout = TimeSpan.FromSeconds(random.Next(1, 5)),
            IdleTimeout = TimeSpan.FromSeconds(1),
            MaxLifetime = TimeSpan.FromSeconds(5),
            KeepAlive = TimeSpan.FromMilliseconds(random.Next(0, 3) * 300),
        };
        options.MinIdle = random.Next(0, options.MaxPerBackend);
        var pool = new StateDriver(options, seed) { UsesShortcuts = seed % 2 == 0 };
        var waiting = new List<StubWaiter>();
        var all = new List<StubWaiter>();
        var holders = new List<StubWaiter>();
        var late = new HashSet<PooledConnection>();
        var expiries = new Dictionary<StubWaiter, long>();

        var counted = 0;
        for (var step = 0; step < Steps; step++)
        {
            var grantedBefore = pool.Granted.Count;
            Step();
            var granted = pool.Granted.Skip(grantedBefore).ToArray();
            holders.AddRange(granted);
            waiting.RemoveAll(waiter => waiter.Endings > 0);

            Assert.All(all, waiter => Assert.InRange(waiter.Endings, 0, 1));
            Assert.All(granted, waiter => Assert.False(waiter.IsAbandoned));
            Assert.DoesNotContain(waiting, waiter => pool.Now >= expiries[waiter]);
            foreach (var waiter in granted)
            {
                // Nobody who still waits, rightly, came earlier.
                Assert.DoesNotContain(waiting, other => all.IndexOf(other) < all.IndexOf(waiter));
            }

            var snapshot = pool.Snapshot;
            Assert.Equal(snapshot.Open + pool.Closing.Count, pool.OpenNow);

            // Closes that hang past their time, connections that came after theirs, and what a smaller limit still finds, are the only ones beyond the limit.
            var closing = pool.Closing.Count(slot => slot.State == SlotState.Closing && !late.Contains(slot));
            Assert.InRange(snapshot.Open + snapshot.Opening + closing, 0, Math.Max(snapshot.Max, counted));
            Assert.Equal(pool.GivenUp.Count, snapshot.Hanging);
            counted = snapshot.Open + snapshot.Opening + closing;
            Assert.Equal(snapshot.Leased, holders.Count);
            Assert.Equal(snapshot.Waiting, waiting.Count);
            Assert.True(waiting.Count <= pool.Checking.Count || snapshot.Idle == 0, "somebody waits beside an idle connection");
        }

        pool.Shut();
        holders.ForEach(waiter => pool.Release(waiter));
        pool.GivenUp.ToList().ForEach(LateOpen);
        pool.Checking.ToList().ForEach(slot => pool.Check(slot, isUsable: true));
        pool.CloseAll();

        Assert.True(pool.State.IsFinished);
        Assert.Equal(0, pool.OpenNow);
        Assert.All(all, waiter => Assert.Equal(1, waiter.Endings));

        void LateOpen(PooledConnection slot)
        {
            pool.GivenUp.Remove(slot);
            late.Add(slot);
            pool.Open(slot);
        }

        void Step()
        {
            switch (random.Next(16))
            {
                case 0 or 1 or 2:
                    var waiter = pool.Acquire(random.Next(4) == 0, random.Next(3) == 0 ? pool.Now + random.Next(1, 500) : long.MaxValue);
                    all.Add(waiter);
                    waiting.Add(waiter);
                    expiries.Add(waiter, Math.Min(waiter.Deadline, pool.Now + (long)options.AcquireTimeout.TotalMilliseconds));
                    break;
                case 3 when waiting.Count > 0:
                    pool.Abandon(waiting[random.Next(waiting.Count)]);
                    break;
                case 4 or 5 when pool.Opening.Count > 0:
                    pool.Open(pool.Opening[random.Next(pool.Opening.Count)]);
                    break;
                case 6 when pool.Opening.Count > 0:
                    pool.Fail(pool.Opening[random.Next(pool.Opening.Count)]);
                    break;
                case 7 when pool.GivenUp.Count > 0:
                    LateOpen(pool.GivenUp[random.Next(pool.GivenUp.Count)]);
                    break;
                case 8 or 9 when holders.Count > 0:
                    var holder = holders[random.Next(holders.Count)];
                    holders.Remove(holder);
                    pool.Release(holder, random.Next(5) == 0);
                    break;
                case 10 when all.Count > 0:
                    // A second release by anybody but a present holder.
                    var former = all[random.Next(all.Count)];
                    if (former.IsGranted && !holders.Contains(former))
                    {
                        pool.Release(former, isBroken: true);
                    }

                    break;
                case 11 when pool.Checking.Count > 0:
                    pool.Check(pool.Checking[random.Next(pool.Checking.Count)], random.Next(3) > 0);
                    break;
                case 12 when pool.Closing.Count > 0:
                    pool.Close(pool.Closing[random.Next(pool.Closing.Count)]);
                    break;
                case 13 when random.Next(10) == 0:
                    var max = random.Next(1, 12);
                    pool.Resize(max, random.Next(0, max));
                    break;
                case 14 when random.Next(5) == 0:
                    pool.BackendIsBack();
                    break;
                case 15:
                    pool.Advance(random.Next(1, 400));
                    break;
            }
        }
    }
}
