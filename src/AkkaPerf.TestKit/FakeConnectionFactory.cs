using AkkaPerf.Backends;
using AkkaPerf.Connections;

namespace AkkaPerf.TestKit;

/// <summary>Opens <see cref="FakeConnection"/>s as the test says: at once, later, never, or with a failure. Any thread.</summary>
public sealed class FakeConnectionFactory : IConnectionFactory<FakeConnection>
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly List<FakeConnection> _connections = [];
    private readonly List<(Func<bool> Condition, TaskCompletionSource Signal)> _watchers = [];
    private TaskCompletionSource? _held;
    private Exception? _failure;
    private int _started;
    private int _failed;
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
    public int OpensStarted => Read(ref _started);

    /// <summary>Opens that succeeded.</summary>
    public int Opened => Read(ref _opened);

    /// <summary>Opens that failed or were cancelled.</summary>
    public int OpensFailed => Read(ref _failed);

    /// <summary>Connections that were closed.</summary>
    public int Closed => Read(ref _closed);

    /// <summary>Checks that were asked for.</summary>
    public int Checked => Read(ref _checked);

    /// <summary>Closes of connections that were closed already.</summary>
    public int WrongCloses => Read(ref _wrongCloses);

    /// <summary>The most connections that were ever open at once.</summary>
    public int Peak => Read(ref _peak);

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

    /// <summary>Waits until a condition on this factory's figures holds; it is looked at after each of their changes.</summary>
    public Task WaitUntilAsync(Func<FakeConnectionFactory, bool> condition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(condition);
        lock (_gate)
        {
            if (condition(this))
            {
                return Task.CompletedTask;
            }

            var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _watchers.Add((() => condition(this), signal));
            return signal.Task.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc />
    public async ValueTask<FakeConnection> OpenAsync(Backend backend, CancellationToken cancellationToken)
    {
        Change(() => _started++);
        try
        {
            await WaitAsync(IgnoresCancellation ? CancellationToken.None : cancellationToken).ConfigureAwait(false);
            return Create();
        }
        catch
        {
            Change(() => _failed++);
            throw;
        }
    }

    /// <inheritdoc />
    public ValueTask<bool> IsUsableAsync(FakeConnection connection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Change(() => _checked++);
        return ValueTask.FromResult(!connection.IsDead && !connection.IsClosed);
    }

    /// <inheritdoc />
    public ValueTask CloseAsync(FakeConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (!connection.TryClose())
        {
            Change(() => _wrongCloses++);
            throw new InvalidOperationException($"{connection} is closed twice.");
        }

        Change(() => _closed++);
        return ValueTask.CompletedTask;
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        if (OpenDelay > TimeSpan.Zero)
        {
            await Task.Delay(OpenDelay, _time, cancellationToken).ConfigureAwait(false);
        }

        Task? held;
        lock (_gate)
        {
            held = _held?.Task;
        }

        if (held is not null)
        {
            await held.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private FakeConnection Create()
    {
        FakeConnection? connection = null;
        Change(() =>
        {
            if (_failure is not null)
            {
                throw _failure;
            }

            _opened++;
            _peak = Math.Max(_peak, _opened - _closed);
            connection = new FakeConnection(_opened);
            _connections.Add(connection);
        });
        return connection!;
    }

    private int Read(ref int figure)
    {
        lock (_gate)
        {
            return figure;
        }
    }

    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
            _watchers.RemoveAll(static watcher => watcher.Condition() && watcher.Signal.TrySetResult());
        }
    }
}
