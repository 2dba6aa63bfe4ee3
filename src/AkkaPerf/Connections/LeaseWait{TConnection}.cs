using AkkaPerf.Exchanges;

namespace AkkaPerf.Connections;

/// <summary>One <see cref="ConnectionPool{TConnection}.AcquireAsync"/> that waits; its continuation never runs on the pool's thread.</summary>
/// <typeparam name="TConnection">What the factory opens.</typeparam>
internal sealed class LeaseWait<TConnection> : ILeaseWaiter
    where TConnection : class
{
    private readonly TaskCompletionSource<ConnectionLease<TConnection>> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationToken _cancellationToken;
    private readonly string _member;
    private readonly string _file;
    private readonly int _line;

    public LeaseWait(string member, string file, int line, CancellationToken cancellationToken)
    {
        _cancellationToken = cancellationToken;
        _member = member;
        _file = file;
        _line = line;
    }

    public Task<ConnectionLease<TConnection>> Task => _result.Task;

    public long Deadline => long.MaxValue;

    public bool IsAbandoned => _result.Task.IsCompleted;

    public bool PrefersFailure => false;

    public string Holder => $"{_member} ({Path.GetFileName(_file)}:{_line})";

    public void Granted(Lease lease)
    {
        if (!_result.TrySetResult(new ConnectionLease<TConnection>(lease)))
        {
            // Cancelled in the same moment: nobody will use it, so it comes back as good as it was.
            lease.Release(isBroken: false);
        }
    }

    public void Refused(Exception? cause, bool isConnectFailure, TimeSpan retryAfter) => _result.TrySetException(
        new RequestRejectedException(RefusalReason.NoConnection, retryAfter > TimeSpan.Zero ? retryAfter : null, cause));

    /// <summary>Ends the wait for the caller and tells the pool.</summary>
    public void Cancel(IBackendPool pool)
    {
        if (_result.TrySetCanceled(_cancellationToken))
        {
            pool.Abandoned(this);
        }
    }
}
