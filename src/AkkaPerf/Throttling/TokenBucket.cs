namespace AkkaPerf.Throttling;

/// <summary>Limits a rate: tokens come in steadily, each start takes one. Refilled lazily from a monotonic clock, without a timer.</summary>
/// <remarks>
/// Problem: a timer-driven bucket is only as fine as its timer. Rule: tokens += elapsed * rate, clipped at the burst only while nobody
/// waits for them; with somebody waiting they accrue unclipped, so that a wake-up that comes late serves all that was due and the rate holds.
/// Any thread, under a lock of its own that nobody holds for long. Constant cost. Belongs to the pipeline: a restart grants no second burst.
/// </remarks>
internal sealed class TokenBucket
{
    private readonly Lock _gate = new();
    private readonly double _tokensPerTick;
    private readonly double _burst;

    // Guarded by the gate.
    private double _tokens;
    private long _filledAt;

    /// <summary>Creates a full bucket.</summary>
    /// <param name="rate">Tokens per second; 0 = no limit.</param>
    /// <param name="burst">Tokens it holds; 0 = a tenth of a second's, at least one.</param>
    /// <param name="ticksPerSecond">Of the clock.</param>
    /// <param name="now">The clock's timestamp.</param>
    public TokenBucket(double rate, int burst, long ticksPerSecond, long now)
    {
        _tokensPerTick = rate / ticksPerSecond;
        _burst = burst > 0 ? burst : Math.Max(1, rate / 10);
        _tokens = _burst;
        _filledAt = now;
    }

    public bool IsUnlimited => _tokensPerTick == 0;

    /// <summary>Starts that could be made at once.</summary>
    public long Available
    {
        get
        {
            if (IsUnlimited)
            {
                return long.MaxValue;
            }

            lock (_gate)
            {
                return (long)_tokens;
            }
        }
    }

    /// <summary>The timestamp at which the next token is there, reckoned from the last refill: the clock has gone on since.</summary>
    public long NextAt
    {
        get
        {
            lock (_gate)
            {
                return _filledAt + Until(1);
            }
        }
    }

    /// <summary>Brings the tokens up to date.</summary>
    public void Refill(long now, bool somebodyWaits)
    {
        if (IsUnlimited)
        {
            return;
        }

        lock (_gate)
        {
            Fill(now, somebodyWaits);
        }
    }

    /// <summary>Takes one; false if there is none.</summary>
    public bool TryTake()
    {
        if (IsUnlimited)
        {
            return true;
        }

        lock (_gate)
        {
            return Take();
        }
    }

    /// <summary>Brings the tokens up to date and takes one, while nobody waits; false if there is none.</summary>
    public bool TryTake(long now)
    {
        if (IsUnlimited)
        {
            return true;
        }

        lock (_gate)
        {
            Fill(now, somebodyWaits: false);
            return Take();
        }
    }

    /// <summary>Whether there is one at a moment, nothing being taken; if not, the clock ticks from then until there is.</summary>
    public bool HasAny(long now, out long ticks)
    {
        ticks = 0;
        if (IsUnlimited)
        {
            return true;
        }

        lock (_gate)
        {
            var elapsed = Math.Max(0, now - _filledAt);
            if (_tokens + (elapsed * _tokensPerTick) >= 1)
            {
                return true;
            }

            ticks = Math.Max(1, Until(1) - elapsed);
            return false;
        }
    }

    /// <summary>Clock ticks from the last refill until this many tokens are there; 0 if they are.</summary>
    public long TicksUntil(double tokens)
    {
        if (IsUnlimited)
        {
            return 0;
        }

        lock (_gate)
        {
            return Until(tokens);
        }
    }

    private void Fill(long now, bool somebodyWaits)
    {
        // A clock that does not move, or a look on another core that comes late, adds nothing.
        var elapsed = Math.Max(0, now - _filledAt);
        _filledAt = Math.Max(_filledAt, now);
        _tokens += elapsed * _tokensPerTick;
        if (!somebodyWaits)
        {
            _tokens = Math.Min(_tokens, _burst);
        }
    }

    private bool Take()
    {
        if (_tokens < 1)
        {
            return false;
        }

        _tokens--;
        return true;
    }

    private long Until(double tokens) => tokens <= _tokens ? 0 : (long)Math.Min(Math.Ceiling((tokens - _tokens) / _tokensPerTick), long.MaxValue / 4);
}
