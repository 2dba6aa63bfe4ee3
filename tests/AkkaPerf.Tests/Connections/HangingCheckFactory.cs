using AkkaPerf.Backends;
using AkkaPerf.Connections;
using AkkaPerf.TestKit;

namespace AkkaPerf.Tests.Connections;

/// <summary>Opens and closes as usual, but whether a connection works it says only when told to stop asking.</summary>
internal sealed class HangingCheckFactory : IConnectionFactory<FakeConnection>
{
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FakeConnectionFactory Inner { get; } = new();

    /// <summary>What a check does when it is told to stop.</summary>
    public Action? OnStopped { get; init; }

    /// <summary>Ends once a check has been told to stop.</summary>
    public Task CheckStopped => _stopped.Task;

    public ValueTask<FakeConnection> OpenAsync(Backend backend, CancellationToken cancellationToken) => Inner.OpenAsync(backend, cancellationToken);

    public async ValueTask<bool> IsUsableAsync(FakeConnection connection, CancellationToken cancellationToken)
    {
        var stop = cancellationToken.UnsafeRegister(
            _ =>
            {
                _stopped.TrySetResult();
                OnStopped?.Invoke();
            },
            null);
        await using (stop)
        {
            await _stopped.Task;
            return true;
        }
    }

    public ValueTask CloseAsync(FakeConnection connection) => Inner.CloseAsync(connection);
}
