using System.IO.Pipelines;

namespace AkkaPerf.Http.Sending;

/// <summary>
/// The output of a connection with many streams: what several of them flush at about the same moment goes out together. A send costs more than all
/// else that an answer takes on its way out, and who gets answers one by one asks one by one, each with a receive of its own.
/// </summary>
/// <remarks>
/// What is flushed waits for one turn of the thread pool, no longer. Where nothing comes together it does not wait at all, but for a trial now and
/// then. One writer at a time, as with any pipe.
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

    // Between the first byte and its flush nobody else may touch what is written.
    private bool _isWriting;
    private bool _isScheduled;

    // Its turn has come while something was being written: who writes flushes.
    private bool _isOverdue;
    private bool _isEnded;

    // Of those that wait.
    private int _flushes;
    private int _vain;
    private int _directLeft;

    // The last one that the thread pool made, while the one who reads is slower.
    private Task<FlushResult>? _slow;

    /// <summary>Gathers before an output.</summary>
    /// <param name="inner">Where it goes.</param>
    /// <param name="schedule">Has it executed soon; null means by the thread pool.</param>
    public GatheredOutput(PipeWriter inner, Action<IThreadPoolWorkItem>? schedule = null)
    {
        _inner = inner;
        _schedule = schedule ?? OnThreadPool;
    }

    public override bool CanGetUnflushedBytes => _inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => _inner.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        lock (_gate)
        {
            _isWriting = true;
            return _inner.GetMemory(sizeHint);
        }
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        lock (_gate)
        {
            _isWriting = true;
            return _inner.GetSpan(sizeHint);
        }
    }

    // Its writer is writing, so nobody flushes.
    public override void Advance(int bytes) => _inner.Advance(bytes);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            _isWriting = false;
            if (_slow is { IsCompleted: false } slow)
            {
                return FollowAsync(slow, cancellationToken);
            }

            if (_isEnded || _isOverdue || _directLeft > 0 || !_inner.CanGetUnflushedBytes || _inner.UnflushedBytes is 0 or >= Enough)
            {
                _directLeft -= _directLeft > 0 ? 1 : 0;
                (_isOverdue, _flushes) = (false, 0);
                return _inner.FlushAsync(cancellationToken);
            }

            _flushes++;
            if (!_isScheduled)
            {
                _isScheduled = true;
                _schedule(this);
            }

            return default;
        }
    }

    public override void CancelPendingFlush() => _inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        lock (_gate)
        {
            _isEnded = true;
            _inner.Complete(exception);
        }
    }

    /// <summary>Lets go what has been flushed, and leaves the output to whoever ends the connection.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            if (!_isEnded && _flushes > 0 && !_isWriting)
            {
                Flush();
            }

            _isEnded = true;
        }
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

            if (_isWriting)
            {
                _isOverdue = true;
                return;
            }

            Judge();
            Flush();
        }
    }

    private void Flush()
    {
        _flushes = 0;
        var flush = _inner.FlushAsync();
        _slow = flush.IsCompletedSuccessfully ? null : flush.AsTask();
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
        if ((await before.WaitAsync(cancellationToken).ConfigureAwait(false)).IsCanceled)
        {
            // That was meant for this one: nobody else waits.
            _inner.CancelPendingFlush();
        }

        ValueTask<FlushResult> flush;
        lock (_gate)
        {
            _flushes = 0;
            flush = _inner.FlushAsync(cancellationToken);
        }

        return await flush.ConfigureAwait(false);
    }
}
