using AkkaPerf.Backends;
using AkkaPerf.Statistics;

namespace AkkaPerf.Balancing;

/// <summary>One decision: among whom, and for what.</summary>
public readonly ref struct PickContext
{
    private readonly PlainRandom _random;
    private readonly TriedBackends? _tried;
    private readonly string? _key;

    internal PickContext(BackendGroup candidates, string? key, TriedBackends? tried, long now, PlainRandom random)
    {
        Candidates = candidates;
        _key = key;
        Now = now;
        _tried = tried;
        _random = random;
    }

    /// <summary>The eligible backends of the tier whose turn it is.</summary>
    public BackendGroup Candidates { get; }

    /// <summary>The hash of the request's key, the same in every process; null for a request without a key.</summary>
    public ulong? Hash => _key is null ? null : StableHash.Of(_key);

    /// <summary>The timestamp of the pipeline's clock.</summary>
    public long Now { get; }

    /// <summary>Whether a candidate has room, and has not been tried for this request.</summary>
    public bool CanTake(int index) =>
        (!Candidates.HasLimits || Candidates[index].HasCredit) && (_tried is null || !_tried.Contains(Candidates.BackendAt(index)));

    /// <summary>A random number: one of 0 to <paramref name="below"/> - 1.</summary>
    public int Random(int below) => _random.Next(below, Now);

    /// <summary>Whether <see cref="CanTake"/> may deny any.</summary>
    internal bool IsRestricted => Candidates.HasLimits || _tried is not null;

    /// <summary>All bits of a random number.</summary>
    internal ulong RandomBits() => _random.Next(Now);
}
