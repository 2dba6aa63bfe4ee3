using AkkaPerf.Throttling;

namespace AkkaPerf.Tests.Throttling;

public sealed class TokenBucketTests
{
    private const long TicksPerSecond = 10_000_000;

    [Theory]
    [InlineData(1, 1_000)]
    [InlineData(1_000, 1)]
    [InlineData(100_000, 1)]
    public void The_rate_is_exact_while_somebody_waits(double rate, int wakeUpsEveryMilliseconds)
    {
        var bucket = new TokenBucket(rate, burst: 1, TicksPerSecond, now: 0);
        Assert.True(bucket.TryTake());
        var started = 0L;
        for (var now = 0L; now <= 100 * TicksPerSecond; now += wakeUpsEveryMilliseconds * TicksPerSecond / 1000)
        {
            bucket.Refill(now, somebodyWaits: true);
            while (bucket.TryTake())
            {
                started++;
            }

            Assert.InRange(started, Math.Floor(rate * now / TicksPerSecond) - 1, (rate * now / TicksPerSecond) + 1e-3);
        }

        Assert.InRange(started, (rate * 100) - 1, rate * 100);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    [InlineData(100_000)]
    public void The_rate_is_exact_on_the_real_clock(double rate)
    {
        var clock = TimeProvider.System;
        var begin = clock.GetTimestamp();
        var bucket = new TokenBucket(rate, burst: 1, clock.TimestampFrequency, begin);
        var started = 0L;
        double due;
        do
        {
            // However late this thread comes, what was due by then is what it gets.
            var now = clock.GetTimestamp();
            bucket.Refill(now, somebodyWaits: true);
            while (bucket.TryTake())
            {
                started++;
            }

            due = 1 + (rate * (now - begin) / clock.TimestampFrequency);
            Assert.InRange(started, due - 1 - 1e-3, due + 1e-3);
        }
        while (due < 1 + (rate * 0.3));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1_000)]
    [InlineData(99_999)]
    public void Who_waits_until_it_says_gets_a_token(double rate)
    {
        var bucket = new TokenBucket(rate, burst: 1, TicksPerSecond, now: 0);
        var now = 0L;
        for (var i = 0; i < 1_000; i++)
        {
            Assert.True(bucket.TryTake());
            now += bucket.TicksUntil(1);
            bucket.Refill(now, somebodyWaits: true);
        }

        // At most a tick is lost per token.
        Assert.InRange(now, (long)(1_000 / rate * TicksPerSecond) - 1_000, (long)(1_000 / rate * TicksPerSecond) + 1_000);
    }

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(5, 0, 1)]
    [InlineData(100, 0, 10)]
    [InlineData(100, 3, 3)]
    [InlineData(1, 50, 50)]
    public void Begins_with_its_burst_and_never_saves_more_than_that(double rate, int burst, int expected)
    {
        var bucket = new TokenBucket(rate, burst, TicksPerSecond, now: 0);
        Assert.Equal(expected, bucket.Available);

        bucket.Refill(1_000 * TicksPerSecond, somebodyWaits: false);

        Assert.Equal(expected, bucket.Available);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(99_999)]
    public void Who_asks_whether_there_is_one_takes_none_and_is_told_when(double rate)
    {
        var random = new Random(7);
        var bucket = new TokenBucket(rate, burst: 3, TicksPerSecond, now: 0);
        var now = 0L;
        for (var i = 0; i < 1_000; i++)
        {
            now += random.Next((int)(TicksPerSecond / rate));
            var hasAny = bucket.HasAny(now, out var ticks);
            Assert.Equal(hasAny, bucket.HasAny(now, out _));
            if (!hasAny)
            {
                Assert.InRange(ticks, 1, long.MaxValue);
                Assert.False(bucket.HasAny(now + (ticks / 2), out _));
                Assert.True(bucket.HasAny(now + ticks, out _));
            }

            Assert.Equal(hasAny, bucket.TryTake(now));
        }
    }

    [Fact]
    public void Without_a_rate_there_is_always_one()
    {
        var bucket = new TokenBucket(0, burst: 1, TicksPerSecond, now: 0);

        Assert.True(Enumerable.Range(0, 1_000).All(_ => bucket.TryTake()));
        Assert.Equal(0, bucket.TicksUntil(1_000_000));
    }

    [Fact]
    public void A_clock_that_goes_back_adds_nothing()
    {
        var bucket = new TokenBucket(1, burst: 1, TicksPerSecond, now: 10 * TicksPerSecond);
        Assert.True(bucket.TryTake());

        bucket.Refill(0, somebodyWaits: true);
        bucket.Refill(10 * TicksPerSecond, somebodyWaits: true);

        Assert.False(bucket.TryTake());
    }
}
