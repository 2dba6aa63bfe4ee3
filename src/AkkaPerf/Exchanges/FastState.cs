namespace AkkaPerf.Exchanges;

/// <summary>Where an exchange stands that runs without the island's knowledge. Any thread.</summary>
/// <remarks>
/// Whoever ends its caller's wait claims the answer and then looks here; whoever starts it writes here and then looks whether it is answered.
/// Both go through a full fence, so one of them sees the other. Who joins its load says so here, and whoever ends it finds that.
/// </remarks>
internal struct FastState
{
    private const int Elsewhere = 0;
    private const int Running = 1;
    private const int Followed = 2;
    private const int Abandoned = 3;
    private const int Ended = 4;
    private const int OnIsland = 5;

    private int _state;

    /// <summary>Whether it runs so.</summary>
    public readonly bool IsFast => Volatile.Read(in _state) is Running or Followed or Abandoned;

    /// <summary>Whether others wait for what its handler brings, so that it goes on though its own caller leaves.</summary>
    public readonly bool IsFollowed => Volatile.Read(in _state) == Followed;

    /// <summary>Which list of deadlines it is in.</summary>
    public int Stripe { get; set; }

    /// <summary>Whether it had run so and now wants what the island does with what has ended. Written before it is posted.</summary>
    public bool CameBack { get; set; }

    /// <summary>Whether it is itself the load of its key. Written before others find it, and by whoever holds it.</summary>
    public bool IsLoad { get; set; }

    public void Begin() => Interlocked.Exchange(ref _state, Running);

    /// <summary>Nobody waits for it any more; false if that is the island's business, or nobody's, as others wait.</summary>
    public bool TryAbandon() => Interlocked.CompareExchange(ref _state, Abandoned, Running) == Running;

    /// <summary>Somebody waits for what it brings; false if it is too late for that.</summary>
    public bool TryFollow() => Interlocked.CompareExchange(ref _state, Followed, Running) is Running or Followed or OnIsland;

    /// <summary>Nobody but its own caller waits any more.</summary>
    public void Unfollow() => Interlocked.CompareExchange(ref _state, Running, Followed);

    /// <summary>Ends it.</summary>
    /// <param name="wasAbandoned">Whether nobody waits for it.</param>
    /// <param name="wasFollowed">Whether others than its caller wait.</param>
    public void End(out bool wasAbandoned, out bool wasFollowed)
    {
        var before = Interlocked.Exchange(ref _state, Ended);
        wasAbandoned = before == Abandoned;
        wasFollowed = before == Followed;
    }

    /// <summary>Makes it the island's business; whether it was abandoned meanwhile.</summary>
    public bool GoToIsland() => Interlocked.Exchange(ref _state, OnIsland) == Abandoned;

    /// <summary>Makes it one like all others. The island's thread.</summary>
    public void Leave()
    {
        IsLoad = false;
        Interlocked.Exchange(ref _state, Elsewhere);
    }
}
