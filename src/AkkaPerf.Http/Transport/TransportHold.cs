namespace AkkaPerf.Http.Transport;

/// <summary>Keeps a transport alive until it is disposed of, once.</summary>
internal sealed class TransportHold(HttpConnectionFactory factory, BackendTransport transport) : IDisposable
{
    private int _isReleased;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 0)
        {
            factory.Release(transport);
        }
    }
}
