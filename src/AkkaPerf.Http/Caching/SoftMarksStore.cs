using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Caching;

/// <summary>Keeps the marks in the second level, beside the entries that they are about: those outlive the process. Any thread.</summary>
/// <remarks>
/// Rule: nothing of the second level is used before its marks have been read, once. Who marks something reads them again, adds what it knows
/// and writes all of it: processes that share a second level have one note, and each learns the others' marks when it starts. Of two that
/// write at the same moment the later one's stay, until the other marks again. Without a second level there is nothing to keep.
/// </remarks>
internal sealed class SoftMarksStore
{
    private const string Note = "soft-marks";

    // More than any entry may live.
    private static readonly TimeSpan Life = TimeSpan.FromDays(366);

    private readonly IPipelineStore<Proxying.ProxyResponse> _store;
    private readonly SoftMarks _marks;
    private readonly CacheClock _clock;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile bool _isRead;

    public SoftMarksStore(IPipelineStore<Proxying.ProxyResponse> store, SoftMarks marks, CacheClock clock)
    {
        _store = store;
        _marks = marks;
        _clock = clock;
        _isRead = !store.HasSecondLevel;
    }

    /// <summary>Reads the marks, unless they have been read; false if they cannot be had now.</summary>
    public ValueTask<bool> TryReadAsync(CancellationToken cancellationToken) => _isRead ? new(true) : ReadAsync(cancellationToken);

    /// <summary>Writes the marks; ends when they are written, or wait for the second level to be back.</summary>
    public async ValueTask WriteAsync(CancellationToken cancellationToken)
    {
        if (!_store.HasSecondLevel)
        {
            return;
        }

        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await TakeInAsync(cancellationToken).ConfigureAwait(false);
            await WriteNoteAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async ValueTask WriteNoteAsync(CancellationToken cancellationToken) =>
        await _store.WriteNoteAsync(Note, SoftMarksCodec.Encode(_marks.ToSnapshot(), _clock), Life, cancellationToken).ConfigureAwait(false);

    private async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _isRead || await TakeInAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async ValueTask<bool> TakeInAsync(CancellationToken cancellationToken)
    {
        var (isKnown, bytes) = await _store.ReadNoteAsync(Note, cancellationToken).ConfigureAwait(false);
        if (!isKnown)
        {
            return false;
        }

        if (!bytes.IsEmpty)
        {
            if (SoftMarksCodec.Decode(bytes.ToArray(), _clock) is { } marks)
            {
                _marks.Add(marks);
            }
            else
            {
                // What they said is lost: whatever it was, it is stale now, here and for who starts next.
                _marks.MarkAll(_clock.Now);
                await WriteNoteAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        _isRead = true;
        return true;
    }
}
