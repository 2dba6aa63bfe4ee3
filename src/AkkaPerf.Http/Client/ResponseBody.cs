using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Transport;

namespace AkkaPerf.Http.Client;

/// <summary>A backend's body as its caller reads it: straight from the backend, as fast as it is read.</summary>
/// <remarks>
/// Permit and slot are held until it has been read to its end, or is disposed; or until nothing has moved for too long, so that one who
/// forgets it does not keep them. Who breaks it off while a read is under way only cancels that read, whose end then lets go of everything: the
/// backend's stream knows one user at a time.
/// </remarks>
internal sealed class ResponseBody : ReadOnlyBody
{
    private readonly StreamedResponse _response;
    private readonly BackendResponse _backend;
    private readonly Stream _stream;
    private readonly ActivityOptions _activity;
    private readonly HttpResponseMessage _answer;
    private readonly Lock _gate = new();

    // Never disposed: a late cancellation must find it.
    private readonly CancellationTokenSource _breaking = new();
    private readonly ITimer _timer;
    private long _remaining;
    private long _lastActivity;

    // Guarded by the gate.
    private bool _isReading;
    private bool _isOver;
    private bool _isUnwatched;
    private Exception? _broken;

    public ResponseBody(StreamedResponse response, BackendResponse backend, ActivityOptions activity, HttpResponseMessage answer)
    {
        _response = response;
        _backend = backend;
        _stream = backend.Body;
        _activity = activity;
        _answer = answer;

        // Trailers come behind the last byte: only without them that byte is the end.
        _remaining = backend.Version.Major < 2 && backend.ContentLength is { } length ? length : long.MaxValue;
        _lastActivity = activity.Time.GetTimestamp();
        _timer = activity.Time.CreateTimer(static body => ((ResponseBody)body!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(activity.Timeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Lets it be silent, and unread, for as long as it likes. Any thread.</summary>
    public void Unwatch()
    {
        lock (_gate)
        {
            _isUnwatched = true;
        }
    }

    /// <summary>Breaks it off because the pipeline has ended. Any thread.</summary>
    public void Abort() => Break(new IOException("The response was broken off: its pipeline has ended."));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || !TryBegin())
        {
            return 0;
        }

        int count;
        try
        {
            using (cancellationToken.UnsafeRegister(static breaking => ((CancellationTokenSource)breaking!).Cancel(), _breaking))
            {
                count = await _stream.ReadAsync(buffer, _breaking.Token).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            throw EndFailed(exception, cancellationToken);
        }

        _remaining -= count;
        EndRead(isLast: count == 0 || _remaining == 0);
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Break(new ObjectDisposedException(nameof(ResponseBody)));
        }

        base.Dispose(disposing);
    }

    // False at the end.
    private bool TryBegin()
    {
        lock (_gate)
        {
            if (_broken is not null)
            {
                throw Again(_broken);
            }

            if (_isReading)
            {
                throw new InvalidOperationException("Another read is under way.");
            }

            if (_isOver)
            {
                return false;
            }

            _isReading = true;
            _lastActivity = _activity.Time.GetTimestamp();
            return true;
        }
    }

    private void EndRead(bool isLast)
    {
        Exception? broken;
        lock (_gate)
        {
            _isReading = false;
            _lastActivity = _activity.Time.GetTimestamp();
            if (isLast)
            {
                // Too late to break off what is complete.
                _broken = null;
            }

            broken = _broken;
            _isOver = isLast || broken is not null;
        }

        if (isLast)
        {
            foreach (var (name, values) in _backend.Trailers())
            {
                _answer.TrailingHeaders.TryAddWithoutValidation(name, (string?)values);
            }

            LetGo(failure: null);
        }
        else if (broken is not null)
        {
            LetGo(failure: null);
            throw Again(broken);
        }
    }

    private Exception EndFailed(Exception failure, CancellationToken cancellationToken)
    {
        Exception? broken;
        lock (_gate)
        {
            _isReading = false;
            _isOver = true;
            broken = _broken;
            _broken ??= cancellationToken.IsCancellationRequested ? new IOException("The read before was cancelled.") : failure;
        }

        // Only what the backend did, or did not do, is told as a failure.
        var isBackends = broken is null ? !cancellationToken.IsCancellationRequested : broken.InnerException is TimeoutException;
        LetGo(isBackends ? broken ?? failure : null);
        if (broken is not null)
        {
            return Again(broken);
        }

        return cancellationToken.IsCancellationRequested ? new TaskCanceledException("The read was cancelled.", failure, cancellationToken) : Again(failure);
    }

    private void Break(Exception why)
    {
        bool isReading;
        lock (_gate)
        {
            if (_isOver || _broken is not null)
            {
                return;
            }

            _broken = why;
            isReading = _isReading;
            _isOver = !isReading;
        }

        if (isReading)
        {
            _breaking.Cancel();
        }
        else
        {
            LetGo(failure: null);
        }
    }

    private void LetGo(Exception? failure)
    {
        _timer.Dispose();
        _response.End(failure);
    }

    // Each throw its own: the first one's stack must not grow.
    private static Exception Again(Exception exception) => exception switch
    {
        ObjectDisposedException => new ObjectDisposedException(nameof(ResponseBody)),
        HttpIOException failure => new HttpIOException(failure.HttpRequestError, "The response was broken off.", failure),
        _ => new IOException(exception.Message, exception.InnerException ?? exception),
    };

    private void OnTimer()
    {
        TimeSpan left;
        lock (_gate)
        {
            if (_isUnwatched)
            {
                return;
            }

            left = _activity.Timeout - _activity.Time.GetElapsedTime(_lastActivity);
            if (_isOver || left > TimeSpan.Zero)
            {
                if (!_isOver)
                {
                    _timer.Change(left, Timeout.InfiniteTimeSpan);
                }

                return;
            }
        }

        var silence = new TimeoutException($"Nothing moved for {_activity.Timeout.TotalSeconds:0.###} s.");
        Break(new IOException("The response was broken off: it was not read, or its backend was silent, for too long.", silence));
    }
}
