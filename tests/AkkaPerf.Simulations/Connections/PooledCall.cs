using AkkaPerf.Backends;
using AkkaPerf.Connections;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Simulations.Connections;

/// <summary>One request on its way: a backend, a connection, its use; another backend if no connection could be opened.</summary>
internal sealed class PooledCall(PooledClient client) : ILeaseWaiter
{
    private readonly TriedBackends _tried = new();
    private PooledServer? _server;
    private long _assignedAt;
    private long _waitsSince;

    public long Deadline { get; private set; } = long.MaxValue;

    public bool IsAbandoned => false;

    public bool PrefersFailure => client.HasAnother(_tried);

    public void Begin()
    {
        _assignedAt = client.Clock.GetTimestamp();
        _server = client.Assign(_tried, _assignedAt);
        if (_server is null)
        {
            client.Refused++;
            return;
        }

        _tried.Add(_server.Backend);
        _waitsSince = _assignedAt;
        Deadline = _waitsSince + client.AcquireTimeout.Ticks;
        _server.Post(PoolSignal.Acquire(this, _waitsSince));
    }

    public void Granted(Lease lease)
    {
        Waited();
        _server!.Use(lease, client.UseTime, isGood =>
        {
            End(isGood ? BackendOutcome.Success : BackendOutcome.Failure);
            _ = isGood ? client.Succeeded++ : client.Failed++;
        });
    }

    public void Refused(Exception? cause, bool isConnectFailure, TimeSpan retryAfter)
    {
        Waited();
        End(isConnectFailure ? BackendOutcome.Unreachable : BackendOutcome.Inconclusive);
        if (isConnectFailure)
        {
            Begin();
        }
        else
        {
            client.Failed++;
        }
    }

    private void Waited()
    {
        var waited = TimeSpan.FromTicks(client.Clock.GetTimestamp() - _waitsSince);
        client.LongestWait = waited > client.LongestWait ? waited : client.LongestWait;
    }

    private void End(BackendOutcome outcome) => _server!.Backend.Ended(outcome, _assignedAt, client.Clock.GetTimestamp());
}
