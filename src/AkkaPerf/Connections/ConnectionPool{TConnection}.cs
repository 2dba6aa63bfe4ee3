using System.Runtime.CompilerServices;
using Akka.Actor;
using AkkaPerf.Backends;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Connections;

/// <summary>A pool of connections to one address, used by itself. Any thread, several at once.</summary>
/// <typeparam name="TConnection">What the factory opens.</typeparam>
public sealed class ConnectionPool<TConnection> : IAsyncDisposable
    where TConnection : class
{
    private readonly ConnectionPools _pools;
    private readonly ConnectionLimits _limits;
    private readonly Backend _backend;
    private readonly IBackendPool _pool;
    private readonly TimeSpan _grace;
    private readonly Lock _gate = new();
    private Task? _stopped;

    internal ConnectionPool(
        ActorSystem system, string name, IConnectionFactory<TConnection> factory, Uri address, ConnectionOptions options, TimeProvider time)
    {
        var directory = new BackendDirectory(time, unknownIsEligible: true);
        _backend = directory.Add(new BackendOptions { Id = name, Address = address });
        _limits = new ConnectionLimits(options, factory.IsShared);
        _pools = ConnectionPools.Create(directory, factory, options, time, Random.Shared, _limits);
        _pool = _pools.Find(_backend)!;
        _grace = options.AcquireTimeout;
        _pools.Start(system, name, dispatcher: null);
    }

    /// <summary>Its figures.</summary>
    public ConnectionPoolSnapshot Snapshot => _pool.Snapshot;

    /// <summary>Waits for a connection; the lease must be disposed, which gives it back.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="member">Where it is taken, for the report of a lease held too long.</param>
    /// <param name="file">The same.</param>
    /// <param name="line">The same.</param>
    /// <exception cref="RequestRejectedException">None was free in time; the inner exception is the last failed connect, if any.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The pool has been disposed, or its actor stopped during the wait.</exception>
    public ValueTask<ConnectionLease<TConnection>> AcquireAsync(
        CancellationToken cancellationToken = default,
        [CallerMemberName] string member = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ConnectionLease<TConnection>>(cancellationToken);
        }

        // Looked up each time: after a dispose there is none, and one whose actor was stopped by others has been replaced.
        if (_pools.Find(_backend) is not { } pool)
        {
            return ValueTask.FromException<ConnectionLease<TConnection>>(Disposed());
        }

        var waiter = new LeaseWait<TConnection>(member, file, line, cancellationToken);
        return pool.TryAcquire(waiter) is { } lease
            ? new ValueTask<ConnectionLease<TConnection>>(new ConnectionLease<TConnection>(lease))
            : WaitAsync(pool, waiter, cancellationToken);
    }

    /// <summary>Sets how many connections there may be. Of more, idle ones close at once and leased ones when given back.</summary>
    /// <param name="max">1 to 100,000.</param>
    /// <param name="minIdle">Kept open and idle; 0 to the most.</param>
    /// <exception cref="ArgumentOutOfRangeException">Outside that range.</exception>
    public void Resize(int max, int minIdle)
    {
        _limits.Set(max, minIdle);
        _pools.ApplyLimits();
    }

    /// <summary>Says that the other side has just been found up: connects that back off start now, as many as are needed.</summary>
    public void BackendIsBack() => _pools.BackendIsBack(_backend);

    /// <summary>Closes the pool: waits end and idle connections close at once, leased ones when given back, at the latest after the grace.</summary>
    /// <param name="grace">How long leases may last.</param>
    public Task StopAsync(TimeSpan grace)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(grace, TimeSpan.Zero);
        lock (_gate)
        {
            return _stopped ??= _pools.StopAsync(grace);
        }
    }

    /// <summary>Closes the pool; leases may last as long as an acquire may wait.</summary>
    public ValueTask DisposeAsync() => new(StopAsync(_grace));

    private async ValueTask<ConnectionLease<TConnection>> WaitAsync(IBackendPool pool, LeaseWait<TConnection> waiter, CancellationToken cancellationToken)
    {
        var wait = waiter.Begin();
        pool.Acquire(waiter);
        using (cancellationToken.UnsafeRegister(_ => waiter.Cancel(pool), null))
        {
            try
            {
                return await wait.ConfigureAwait(false);
            }
            catch (RequestRejectedException) when (pool.IsDead || _pools.Grace is not null)
            {
                throw Disposed();
            }
        }
    }

    private static ObjectDisposedException Disposed() => new(nameof(ConnectionPool<>), "The connection pool has been disposed.");
}
