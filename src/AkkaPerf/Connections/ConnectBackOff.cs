namespace AkkaPerf.Connections;

/// <summary>Spaces out connects while they fail: 100 ms, doubled up to 5 s, half of it random.</summary>
/// <remarks>Equal jitter: half the delay is certain, so a dead backend gets rest; half is chance, so that many clients do not knock together.</remarks>
internal sealed class ConnectBackOff
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly PoolSettings _settings;
    private readonly Random _random;
    private TimeSpan _next = First;

    public ConnectBackOff(PoolSettings settings, Random random)
    {
        _settings = settings;
        _random = random;
    }

    /// <summary>When the next connect may start.</summary>
    public long RetryAt { get; private set; } = long.MinValue;

    /// <summary>The last failure; null once a connect has succeeded since.</summary>
    public Exception? Cause { get; private set; }

    /// <summary>Whether the backend has been found back since the last failure, so that waiting for a connect is likely to pay.</summary>
    public bool IsHopeful { get; private set; }

    /// <summary>Takes a failure in. Connects that ran side by side and fail together count once.</summary>
    public void Failed(Exception cause, long now)
    {
        Cause = cause;
        IsHopeful = false;
        if (now < RetryAt)
        {
            return;
        }

        RetryAt = now + _settings.ToTimestamps(_next * (0.5 + (_random.NextDouble() * 0.5)));
        _next = _next * 2 < Longest ? _next * 2 : Longest;
    }

    public void Succeeded()
    {
        Cause = null;
        Reset();
        IsHopeful = false;
    }

    /// <summary>Begins anew; that connects failed stays known until one succeeds.</summary>
    public void Reset()
    {
        IsHopeful = true;
        RetryAt = long.MinValue;
        _next = First;
    }
}
