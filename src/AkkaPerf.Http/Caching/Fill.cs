using System.Diagnostics;
using AkkaPerf.Exchanges;
using AkkaPerf.Http.Caching.Rules;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>One load of a response on its way to the store, and all who wait for it. Any thread.</summary>
/// <remarks>
/// Rule: who waits holds a share and a place in the body. The load goes on while there is one share left, whoever began it; with the last
/// one it stops. A change of its key overtakes it: who waits gets the answer, but it is not stored, and nobody else joins.
/// </remarks>
internal sealed class Fill : IOvertakable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<FillResult> _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ChangeCounts _changes;
    private readonly Lock _gate = new();

    // Guarded by the gate; zero once it takes nobody any more.
    private int _shares;
    private bool _isOver;

    // How many have joined whoever asked first, and wait for the answer. Guarded by the gate.
    private int _joiners;
    private bool _isHandedOver;

    // Set by the load itself, before it stores anything.
    private bool _hasMoved;

    /// <summary>Begins a load.</summary>
    /// <param name="place">What it loads.</param>
    /// <param name="request">The fields of the request.</param>
    /// <param name="start">What was known when it began.</param>
    /// <param name="changes">Who knows of changes of single keys.</param>
    public Fill(FillPlace place, IFieldSource request, in FillStart start, ChangeCounts changes)
    {
        Place = place;
        Request = request;
        Start = start;
        _changes = changes;
    }

    /// <summary>What it loads; the load itself may learn more of it.</summary>
    public FillPlace Place { get; set; }

    public IFieldSource Request { get; }

    public FillStart Start { get; }

    /// <summary>What of the answer is its first client's alone.</summary>
    public KeyValuePair<string, StringValues>[] Own { get; set; } = [];

    public FillBody Body { get; } = new();

    /// <summary>The span of what is sent for it; null if there is none. Any thread.</summary>
    public Activity? Span
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    /// <summary>Cancelled when nobody waits any more.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>What there is to answer with, or that there is nothing to share.</summary>
    public Task<FillResult> Answered => _answered.Task;

    // Of the key that it has moved to it is not known what happened since it began: any change may have been one of that.
    public bool IsOvertaken => _changes.Of(Start.Hash) != Start.Changes || (_hasMoved && _changes.Total != Start.Total);

    /// <summary>Has it stored by the address that the answer says; for the load itself.</summary>
    public void Move(in CacheAddress asked, string key)
    {
        _hasMoved |= !string.Equals(key, Place.Key, StringComparison.Ordinal);
        Place = Place with { Asked = asked, Key = key };
    }

    /// <summary>Takes a share; null if it takes nobody any more.</summary>
    public FillReader? TryJoin()
    {
        lock (_gate)
        {
            if (_isOver || Body.Join() is not { } reader)
            {
                return null;
            }

            _shares++;
            return reader;
        }
    }

    /// <summary>One who is counted as a joiner begins to wait; it ends with <see cref="TryTakeOver"/>.</summary>
    public void AddJoiner()
    {
        lock (_gate)
        {
            _joiners++;
        }
    }

    /// <summary>Whoever asked first waits no more, before there is an answer: one of the joiners does so in his place, if there is one.</summary>
    public bool TryHandOver()
    {
        lock (_gate)
        {
            // Not to one who holds a share, but waits no more: he would not take it.
            _isHandedOver = !_answered.Task.IsCompleted && _joiners > 0;
            return _isHandedOver;
        }
    }

    /// <summary>A joiner waits no more. Whether one of them is counted as the first already: true for one of them.</summary>
    public bool TryTakeOver()
    {
        lock (_gate)
        {
            _joiners--;
            var isFirst = _isHandedOver;
            _isHandedOver = false;
            return isFirst;
        }
    }

    /// <summary>Gives a share back, unless its reader was left behind.</summary>
    public void Leave(FillReader reader) => GiveBack(Body.Leave(reader) ? 1 : 0);

    /// <summary>Leaves those behind who have not taken what there is; their shares are given back with that.</summary>
    public void DropLaggards() => GiveBack(Body.DropLaggards());

    /// <summary>Reads for the store's sake, and gives the share back: at the end, or once it is too large to be stored. Throws nothing.</summary>
    public async Task ReadForStoreAsync(FillReader reader)
    {
        try
        {
            while (!Body.IsTooLarge && !(await reader.NextAsync(CancellationToken.None).ConfigureAwait(false)).IsEmpty)
            {
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            // Nobody was promised the rest.
        }
        finally
        {
            Leave(reader);
        }
    }

    /// <summary>Tells those who wait; false if they have been told.</summary>
    public bool Answer(FillResult result) => _answered.TrySetResult(result);

    private void GiveBack(int shares)
    {
        lock (_gate)
        {
            _shares -= shares;
            if (_isOver || _shares > 0)
            {
                return;
            }

            _isOver = true;
        }

        // Callbacks may do much: not on the thread of one who has gone.
        ThreadPool.UnsafeQueueUserWorkItem(static stop => stop.Cancel(), _stop, preferLocal: false);
    }
}
