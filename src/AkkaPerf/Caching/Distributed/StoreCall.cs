namespace AkkaPerf.Caching.Distributed;

/// <summary>One operation on the store.</summary>
internal abstract class StoreCall
{
    private const int Waited = 0;
    private const int Left = 1;
    private const int Over = 2;

    private int _state = Waited;

    protected StoreCall(string key) => Key = key;

    public string Key { get; }

    /// <summary>Whether the store still has it although nobody waits for it: what it was given must be left to it.</summary>
    public bool IsLeftBehind => Volatile.Read(ref _state) == Left;

    /// <summary>Sends it; false if the store has nothing there.</summary>
    public abstract ValueTask<bool> SendAsync(StoreClient store, CancellationToken cancellationToken);

    /// <summary>Nobody waits for it any more; false if the store was done with it already.</summary>
    public bool Leave() => Interlocked.CompareExchange(ref _state, Left, Waited) == Waited;

    /// <summary>The store is done with it, however late; true if it had been left behind.</summary>
    public bool End()
    {
        var wasLeft = Interlocked.Exchange(ref _state, Over) == Left;
        OnEnded(wasLeft);
        return wasLeft;
    }

    /// <summary>The store is done with it.</summary>
    /// <param name="isLate">Whether it had been left behind.</param>
    protected virtual void OnEnded(bool isLate)
    {
    }
}
