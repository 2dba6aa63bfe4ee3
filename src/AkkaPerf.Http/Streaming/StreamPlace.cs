namespace AkkaPerf.Http.Streaming;

/// <summary>One stream's place: it keeps the backend's transport alive, and is how the pipeline ends the stream.</summary>
internal sealed class StreamPlace : IDisposable
{
    private readonly OpenStreams _streams;
    private readonly Lock _gate = new();
    private IDisposable? _transport;
    private Action? _end;
    private bool _isEnded;
    private bool _isDisposed;

    public StreamPlace(OpenStreams streams) => _streams = streams;

    /// <summary>Fills the place, before the stream goes beyond its exchange.</summary>
    /// <param name="transport">Released with the place.</param>
    /// <param name="end">Breaks the stream off; called at once if the pipeline is over already.</param>
    public void Fill(IDisposable transport, Action end)
    {
        bool isEnded;
        lock (_gate)
        {
            _transport = transport;
            _end = end;
            isEnded = _isEnded;
        }

        if (isEnded)
        {
            end();
        }
    }

    /// <summary>Breaks the stream off. Any thread.</summary>
    public void End()
    {
        Action? end;
        lock (_gate)
        {
            _isEnded = true;
            end = _end;
        }

        end?.Invoke();
    }

    public void Dispose()
    {
        IDisposable? transport;
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            transport = _transport;
            _end = null;
        }

        _streams.Close(this);
        transport?.Dispose();
    }
}
