using AkkaPerf.Exchanges;

namespace AkkaPerf.Connections;

/// <summary>One connection, held until disposed; disposing twice does no harm. One user at a time.</summary>
/// <typeparam name="TConnection">What the factory opens.</typeparam>
public sealed class ConnectionLease<TConnection> : IDisposable, IAsyncDisposable
    where TConnection : class
{
    private readonly Lease _lease;
    private bool _isBroken;
    private volatile bool _isDisposed;

    internal ConnectionLease(Lease lease)
    {
        _lease = lease;
    }

    /// <summary>The connection.</summary>
    /// <exception cref="ObjectDisposedException">It has been given back.</exception>
    public TConnection Connection
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return (TConnection)_lease.Connection;
        }
    }

    /// <summary>Says that the connection must not be used again; it is closed when the lease is disposed.</summary>
    public void MarkBroken() => _isBroken = true;

    /// <summary>Gives the connection back.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _lease.Release(_isBroken);
    }

    /// <summary>Gives the connection back; never waits.</summary>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
