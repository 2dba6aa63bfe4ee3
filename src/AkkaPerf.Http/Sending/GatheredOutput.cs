using System.Buffers;
using System.IO.Pipelines;

namespace AkkaPerf.Http.Sending;

/// <summary>
/// The output of a connection with many streams: what several of them flush at about the same moment goes out together. A send costs more than all
/// else that an answer takes on its way out, and who gets answers one by one asks one by one, each with a receive of its own.
/// </summary>
/// <remarks>
/// What is flushed waits for a turn of the thread pool, for another one if something is just being written then. Where nothing comes together it does not wait at all, but for a trial now and
/// then. One writer at a time, as with any pipe. What an abort says last may not get out, as with any transport that sends from a queue.
/// </remarks>
internal sealed class GatheredOutput : PipeWriter, IThreadPoolWorkItem
{
    // With so much a send's own cost does not count any more.
    private const int Enough = 16 * 1024;

    // So many sends of a single flush each, and the next so many flushes do not wait.
    private const int Trials = 8;
    private const int Direct = 256;

    // Behind what has been queued by then, on whatever thread: that is what may still add to it.
    private static readonly Action<IThreadPoolWorkItem> OnThreadPool = static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);

    private readonly Lock _gate = new();
    private readonly PipeWriter _inner;
    private readonly Action<IThreadPoolWorkItem> _schedule;

    // Memory has been given out, and nobody else may touch what is written.
    private bool _isOpen;
    private bool _isScheduled;

    // Its turn has come while memory was out.
    private bool _isOverdue;
    private bool _isEnded;

    // Of those that wait.
    private int _flushes;
    private int _vain;
    private int _directLeft;

    // The last one that nobody waits for, until somebody does; null if it has ended well.
    private Task<FlushResult>? _slow;

    // Whether nobody reads any more.
    private bool _isLeft;

    // What is written during such a flush, of which its writer knows nothing: not every output can be written then.
    private ArrayBufferWriter<byte>? _aside;
    private bool _isAside;

    /// <summary>Gathers before an output.</summary>
    /// <param name="inner">Where it goes; one that can tell what has not been flushed.</param>
    /// <param name="schedule">Has it executed soon; null means by the thread pool.</param>
    public GatheredOutput(PipeWriter inner, Action<IThreadPoolWorkItem>? schedule = null)
    {
        _inner = inner;
        _schedule = schedule ?? OnThreadPool;
    }

    public override bool CanGetUnflushedBytes => _inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => _inner.UnflushedBytes + (_aside?.WrittenCount ?? 0);

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        lock (_gate)
        {
            Open();
            return _isAside ? _aside!.GetMemory(sizeHint) : _inner.GetMemory(sizeHint);
        }
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        lock (_gate)
        {
            Open();
            return _isAside ? _aside!.GetSpan(sizeHint) : _inner.GetSpan(sizeHint);
        }
    }

    public override void Advance(int bytes)
    {
        lock (_gate)
        {
            if (_isAside)
            {
                _aside!.Advance(bytes);
            }
            else
            {
                _inner.Advance(bytes);
            }

            // Not every writer flushes what it writes, but what was flushed before must go.
            _isOpen = false;
            if (_isOverdue)
            {
                _isOverdue = false;
                Schedule();
            }
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            _isOpen = false;
            if (_slow is { } slow)
            {
                if (!slow.IsCompletedSuccessfully)
                {
                    return FollowAsync(slow, cancellationToken);
                }

                _slow = null;
            }

            TakeAside();
            if (_isEnded || _directLeft > 0 || !_inner.CanGetUnflushedBytes || _inner.UnflushedBytes is 0 or >= Enough)
            {
                _directLeft -= _directLeft > 0 ? 1 : 0;
                _flushes = 0;
                return _inner.FlushAsync(cancellationToken);
            }

            _flushes++;
            Schedule();
            return new(new FlushResult(isCanceled: false, _isLeft));
        }
    }

    public override void CancelPendingFlush() => _inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        lock (_gate)
        {
            _isEnded = true;
            if (OnItsWay().IsCompleted)
            {
                TakeAside();
                _inner.Complete(exception);
                return;
            }
        }

        _ = CompleteAsync(exception).AsTask();
    }

    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        await StopAsync().ConfigureAwait(false);
        lock (_gate)
        {
            TakeAside();
        }

        await _inner.CompleteAsync(exception).ConfigureAwait(false);
    }

    /// <summary>Lets go what has been flushed, and leaves the output to whoever ends the connection; ends when it has gone, or cannot go.</summary>
    public async Task StopAsync()
    {
        Task slow;
        lock (_gate)
        {
            if (!_isEnded && _flushes > 0 && !_isOpen)
            {
                Flush();
            }

            _isEnded = true;
            slow = OnItsWay();
        }

        // Whoever is to be told is told by the next flush.
        await slow.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    void IThreadPoolWorkItem.Execute()
    {
        lock (_gate)
        {
            _isScheduled = false;
            if (_isEnded || _flushes == 0)
            {
                return;
            }

            if (_isOpen)
            {
                _isOverdue = true;
                return;
            }

            Judge();
            Flush();
        }
    }

    private Task OnItsWay() => _slow is { IsCompleted: false } slow ? slow : Task.CompletedTask;

    private void Schedule()
    {
        if (!_isScheduled)
        {
            _isScheduled = true;
            _schedule(this);
        }
    }

    private void Open()
    {
        _isOpen = true;
        _isAside = _slow is { IsCompletedSuccessfully: false };
        if (_isAside)
        {
            _aside ??= new ArrayBufferWriter<byte>();
        }
        else
        {
            TakeAside();
        }
    }

    private void TakeAside()
    {
        if (_aside is { } aside)
        {
            _inner.Write(aside.WrittenSpan);
            _aside = null;
        }
    }

    // Whoever flushes next is told of what went wrong.
    private void Flush()
    {
        _flushes = 0;
        try
        {
            var flush = _inner.FlushAsync();
            if (flush.IsCompletedSuccessfully)
            {
                _isLeft |= flush.Result.IsCompleted;
            }
            else
            {
                _slow = flush.AsTask();
            }
        }
        catch (Exception exception)
        {
            _slow = Task.FromException<FlushResult>(exception);
        }
    }

    private void Judge()
    {
        if (_flushes > 1)
        {
            _vain = 0;
        }
        else if (++_vain == Trials)
        {
            (_vain, _directLeft) = (Trials - 1, Direct);
        }
    }

    private async ValueTask<FlushResult> FollowAsync(Task<FlushResult> before, CancellationToken cancellationToken)
    {
        try
        {
            if ((await before.WaitAsync(cancellationToken).ConfigureAwait(false)).IsCanceled)
            {
                // That was meant for this one: nobody else waits.
                _inner.CancelPendingFlush();
            }
        }
        catch (Exception) when (before.IsFaulted || before.IsCanceled)
        {
            Break();
            throw;
        }

        ValueTask<FlushResult> flush;
        lock (_gate)
        {
            _slow = null;
            _flushes = 0;
            TakeAside();
            flush = _inner.FlushAsync(cancellationToken);
        }

        return await flush.ConfigureAwait(false);
    }

    // Nobody gets what follows, and it is told once.
    private void Break()
    {
        lock (_gate)
        {
            _slow = null;
            _aside = null;
            _isEnded = true;
        }
    }
}
