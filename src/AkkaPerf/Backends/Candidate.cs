namespace AkkaPerf.Backends;

/// <summary>What a pick needs of one backend, in 24 bytes.</summary>
internal readonly unsafe struct Candidate(BackendStatus status)
{
    // The backend keeps what it points to.
    private readonly BackendLoad* _load = status.Backend.Place.Address;

    public readonly Backend Backend = status.Backend;

    /// <summary>One divided by its share.</summary>
    public readonly float PerShare = 1f / status.Share;

    /// <summary>Its number.</summary>
    public readonly int Slot = status.Backend.Slot;

    /// <summary>What it gets beside the others. Of whole numbers this small the inverse tells all.</summary>
    public int Share => (int)MathF.Round(1 / PerShare);

    /// <summary>What it has to do, without the way through the backend.</summary>
    public ref BackendLoad Load => ref *_load;
}
