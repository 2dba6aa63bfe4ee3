using AkkaPerf.Exchanges;

namespace AkkaPerf.Connections;

/// <summary>Who calls <see cref="ConnectionPool{TConnection}.AcquireAsync"/>, and their wait if there is one; its continuation never runs on the pool's thread.</summary>
/// <typeparam name="TConnection">What the factory opens.</typeparam>
internal sealed class LeaseWait<TConnection> : ILeaseWaiter
    where TConnection : class
{
    private readonly CancellationToken _cancellationToken;
    private readonly string _member;
    private readonly string _file;
    private readonly int _line;

    // Most are lent a connection at once and never wait.
    private TaskCompletionSource<ConnectionLease<TConnection>>? _result;

    public LeaseWait(string member, string file, int line, CancellationToken cancellationToken)
    {
        _cancellationToken = cancellationToken;
        _member = member;
        _file = file;
        _line = line;
    }

    public long Deadline => long.MaxValue;

    public bool IsAbandoned => _result is { Task.IsCompleted: true };

    public bool PrefersFailure => false;

    public string Holder => $"{_member} ({Path.GetFileName(_file)}:{_line})";

    /// <summary>Begins to wait; before the pool is asked.</summary>
    public Task<ConnectionLease<TConnection>> Begin()
    {
        _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return _result.Task;
    }

    public void Granted(Lease lease)
    {
        if (!_result!.TrySetResult(new ConnectionLease<TConnection>(lease)))
        {
            // Cancelled in the same moment: nobody will use it, so it comes back as good as it was.
            lease.Release(isBroken: false);
        }
    }

    public void Refused(Exception? cause, bool isConnectFailure, TimeSpan retryAfter) => _result!.TrySetException(
        new RequestRejectedException(RefusalReason.NoConnection, retryAfter > TimeSpan.Zero ? retryAfter : null, cause));

    /// <summary>Ends the wait for the caller and tells the pool.</summary>
    public void Cancel(IBackendPool pool)
    {
        if (_result!.TrySetCanceled(_cancellationToken))
        {
            pool.Abandoned(this);
        }
    }
}
