namespace AkkaPerf.Benchmarks.Overload;

/// <summary>What stands before the server.</summary>
/// <param name="name">Its name.</param>
/// <param name="send">Sends the request of that number.</param>
/// <param name="stop">Ends what it runs.</param>
internal sealed class Guard(string name, Func<int, ValueTask<Ending>> send, Func<Task>? stop = null) : IAsyncDisposable
{
    public string Name { get; } = name;

    public ValueTask<Ending> SendAsync(int request) => send(request);

    public async ValueTask DisposeAsync()
    {
        if (stop is not null)
        {
            await stop();
        }
    }
}
