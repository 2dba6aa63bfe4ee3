namespace AkkaPerf.Tests.Pipeline;

/// <summary>One key of a raced source: what it answers now, what may not be answered any more, and who loads it.</summary>
/// <remarks>An answer is as old as the version that its handler saw. A change makes a version before it begins, and a floor of it once it has ended.</remarks>
internal sealed class RacedKey(int id)
{
    private readonly Lock _gate = new();
    private readonly List<int> _running = [];
    private int _version;
    private int _floor;
    private int _begun;
    private int _ended;

    public int Id { get; } = id;

    public string Name { get; } = $"key:{id}";

    public string Tag { get; } = $"tag:{id % 2}";

    /// <summary>The youngest version; an answer is at least as old.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>Who asks from now on must not get what is older.</summary>
    public int Floor => Volatile.Read(ref _floor);

    /// <summary>How many changes there have been, or -1 while one goes on: whoever asks in between, and finds nobody loading it, loads it alone.</summary>
    public int Quiet
    {
        get
        {
            var ended = Volatile.Read(ref _ended);
            return Volatile.Read(ref _begun) == ended ? ended : -1;
        }
    }

    /// <summary>The source changes, and then the cache is told; says which version this made.</summary>
    public int BeginChange()
    {
        Interlocked.Increment(ref _begun);
        return Interlocked.Increment(ref _version);
    }

    /// <summary>The cache has been told of a version.</summary>
    public void EndChange(int version)
    {
        lock (_gate)
        {
            Volatile.Write(ref _floor, Math.Max(_floor, version));
        }

        Interlocked.Increment(ref _ended);
    }

    /// <summary>Somebody who may be its load is about to leave, so that another load may begin beside it.</summary>
    public void Disturb()
    {
        Interlocked.Increment(ref _begun);
        Interlocked.Increment(ref _ended);
    }

    /// <summary>A handler begins; false if another runs that it should have waited for.</summary>
    /// <param name="quiet">What <see cref="Quiet"/> was when its request began.</param>
    public bool TryRun(int quiet)
    {
        lock (_gate)
        {
            var isAlone = quiet < 0 || quiet != Volatile.Read(ref _begun) || !_running.Contains(quiet);
            _running.Add(quiet);
            return isAlone;
        }
    }

    public void End(int quiet)
    {
        lock (_gate)
        {
            _running.Remove(quiet);
        }
    }
}
