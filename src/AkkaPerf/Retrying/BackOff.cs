using AkkaPerf.Statistics;

namespace AkkaPerf.Retrying;

/// <summary>How long to pause before a further try.</summary>
internal sealed class BackOff
{
    private readonly long _base;
    private readonly long _max;
    private readonly BackOffJitter _jitter;
    private readonly AtomicRandom _random;

    public BackOff(BackOffOptions options, long ticksPerSecond, Random random)
    {
        _base = (long)(options.Base.TotalSeconds * ticksPerSecond);
        _max = (long)(options.Max.TotalSeconds * ticksPerSecond);
        _jitter = options.Jitter;
        _random = new AtomicRandom(random.NextInt64());
    }

    /// <summary>Finds the pause, in ticks; false if the backend asks for a longer one than is allowed.</summary>
    /// <param name="done">Further tries before this one.</param>
    /// <param name="before">The pause before the last one.</param>
    /// <param name="asked">What the backend asked for; 0 = nothing.</param>
    /// <param name="ticks">The pause; what was asked for, and chance adds up to a tenth, so that not all come back at once.</param>
    public bool TryNext(int done, long before, long asked, out long ticks)
    {
        ticks = _base == 0 ? 0 : Math.Min(_max, Vary(done, before));
        if (asked > 0)
        {
            ticks = Math.Max(ticks, asked + Draw(asked / 10));
        }

        return asked <= _max;
    }

    private long Vary(int done, long before)
    {
        var doubled = _base > _max >> done ? _max : _base << done;
        return _jitter switch
        {
            BackOffJitter.Equal => (doubled / 2) + Draw(doubled - (doubled / 2)),
            BackOffJitter.Decorrelated => _base + Draw((Math.Max(_base, before) * 3) - _base),
            _ => doubled,
        };
    }

    // 0 to the limit.
    private long Draw(long limit) => (long)((_random.Next() >> 11) * (1.0 / (1L << 53)) * (limit + 1));
}
