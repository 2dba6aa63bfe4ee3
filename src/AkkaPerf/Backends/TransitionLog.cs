using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace AkkaPerf.Backends;

/// <summary>Counts what happens to the backends of one directory, and tells it in its order, whichever threads it happens on.</summary>
/// <remarks>Noted under the directory's lock, told outside it: a listener may change the directory, and its own events come after.</remarks>
internal sealed class TransitionLog
{
    private static readonly int Kinds = Enum.GetValues<TransitionKind>().Length;

    private readonly long[] _counts = new long[Kinds];
    private readonly long[] _ejections = new long[Kinds];
    private readonly ConcurrentQueue<object> _untold = new();
    private readonly Lock _telling = new();

    /// <summary>A backend changed its state.</summary>
    public event Action<BackendTransition>? Transitioned;

    /// <summary>Panic began or ended.</summary>
    public event Action<PanicTransition>? PanicChanged;

    /// <summary>How many there were of a kind.</summary>
    public long Count(TransitionKind kind) => Volatile.Read(ref _counts[(int)kind]);

    /// <summary>How many of them ejected a backend.</summary>
    public long Ejections(TransitionKind kind) => Volatile.Read(ref _ejections[(int)kind]);

    public void Note(BackendTransition transition)
    {
        Interlocked.Increment(ref _counts[(int)transition.Kind]);
        if (transition is { To: BackendHealth.Ejected, From: not BackendHealth.Ejected })
        {
            Interlocked.Increment(ref _ejections[(int)transition.Kind]);
        }

        _untold.Enqueue(transition);
    }

    public void Note(PanicTransition transition) => _untold.Enqueue(transition);

    /// <summary>Notes who came and who went; gives back who is there now.</summary>
    public ImmutableArray<BackendStatus> NoteMembership(DateTimeOffset at, ImmutableArray<BackendStatus> before, ImmutableArray<BackendStatus> after)
    {
        if (before == after)
        {
            return after;
        }

        var gone = before.ToDictionary(static status => status.Backend, static status => status.Health);
        foreach (var status in after)
        {
            if (!gone.Remove(status.Backend))
            {
                Note(new BackendTransition(status.Backend, From: null, status.Health, TransitionKind.Added, status.Cause, at));
            }
        }

        foreach (var (backend, health) in gone)
        {
            Note(new BackendTransition(backend, health, To: null, TransitionKind.Removed, "removed", at));
        }

        return after;
    }

    /// <summary>Tells what is untold, others' too: whoever comes second finds nothing left.</summary>
    public void Tell()
    {
        if (_untold.IsEmpty)
        {
            return;
        }

        lock (_telling)
        {
            while (_untold.TryDequeue(out var next))
            {
                if (next is BackendTransition transition)
                {
                    Transitioned?.Invoke(transition);
                }
                else
                {
                    PanicChanged?.Invoke((PanicTransition)next);
                }
            }
        }
    }
}
