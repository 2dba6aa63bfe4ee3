using AkkaPerf.Backends;
using AkkaPerf.Connections;

namespace AkkaPerf.TestKit;

/// <summary>Opens <see cref="FakeConnection"/>s as the test says: at once, later, never, or with a failure. Any thread.</summary>
public sealed class FakeConnectionFactory : IConnectionFactory<FakeConnection>
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly List<FakeConnection> _connections = [];
    private TaskCompletionSource? _held;
    private Exception? _failure;
    private int _started;
    private int _opened;
    private int _closed;
    private int _peak;
    private int _checked;
    private int _wrongCloses;

    /// <summary>Creates the factory.</summary>
    /// <param name="time">The clock of <see cref="OpenDelay"/>; null means the system's.</param>
    public FakeConnectionFactory(TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
    }

    /// <inheritdoc />
    public bool IsShared { get; init; }

    /// <summary>Whether opens go on although they are cancelled, as many a driver's do.</summary>
    public bool IgnoresCancellation { get; init; }

    /// <summary>How long every open takes; default 0.</summary>
    public TimeSpan OpenDelay { get; init; }

    /// <summary>Opens that were asked for.</summary>
    public int OpensStarted => Volatile.Read(ref _started);

    /// <summary>Opens that succeeded.</summary>
    public int Opened => Volatile.Read(ref _opened);

    /// <summary>Connections that were closed.</summary>
    public int Closed => Volatile.Read(ref _closed);

    /// <summary>Checks that were asked for.</summary>
    public int Checked => Volatile.Read(ref _checked);

    /// <summary>Closes of connections that were closed already.</summary>
    public int WrongCloses => Volatile.Read(ref _wrongCloses);

    /// <summary>The most connections that were ever open at once.</summary>
    public int Peak
    {
        get
        {
            lock (_gate)
            {
                return _peak;
            }
        }
    }

    /// <summary>Connections that are open now.</summary>
    public int OpenNow
    {
        get
        {
            lock (_gate)
            {
                return _opened - _closed;
            }
        }
    }

    /// <summary>Every connection that was opened, in order.</summary>
    public IReadOnlyList<FakeConnection> Connections
    {
        get
        {
            lock (_gate)
            {
                return [.. _connections];
            }
        }
    }

    /// <summary>Lets opens wait from now on, until <see cref="ReleaseOpens"/>.</summary>
    public void HoldOpens()
    {
        lock (_gate)
        {
            _held ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Lets the opens that wait go on, and later ones not wait.</summary>
    public void ReleaseOpens()
    {
        TaskCompletionSource? held;
        lock (_gate)
        {
            held = _held;
            _held = null;
        }

        held?.TrySetResult();
    }

    /// <summary>Lets opens fail from now on, until <see cref="AllowOpens"/>.</summary>
    public void FailOpens(Exception? failure = null)
    {
        lock (_gate)
        {
            _failure = failure ?? new IOException("The fake backend refuses connections.");
        }
    }

    /// <summary>Lets opens succeed again.</summary>
    public void AllowOpens()
    {
        lock (_gate)
        {
            _failure = null;
        }
    }

    /// <inheritdoc />
    public async ValueTask<FakeConnection> OpenAsync(Backend backend, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _started);
        var token = IgnoresCancellation ? CancellationToken.None : cancellationToken;
        if (OpenDelay > TimeSpan.Zero)
        {
            await Task.Delay(OpenDelay, _time, token).ConfigureAwait(false);
        }

        Task? held;
        lock (_gate)
        {
            held = _held?.Task;
        }

        if (held is not null)
        {
            await held.WaitAsync(token).ConfigureAwait(false);
        }

        lock (_gate)
        {
            if (_failure is not null)
            {
                throw _failure;
            }

            _opened++;
            _peak = Math.Max(_peak, _opened - _closed);
            var connection = new FakeConnection(_opened);
            _connections.Add(connection);
            return connection;
        }
    }

    /// <inheritdoc />
    public ValueTask<bool> IsUsableAsync(FakeConnection connection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Interlocked.Increment(ref _checked);
        return ValueTask.FromResult(!connection.IsDead && !connection.IsClosed);
    }

    /// <inheritdoc />
    public ValueTask CloseAsync(FakeConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (!connection.TryClose())
        {
            Interlocked.Increment(ref _wrongCloses);
            throw new InvalidOperationException($"{connection} is closed twice.");
        }

        lock (_gate)
        {
            _closed++;
        }

        return ValueTask.CompletedTask;
    }
}
