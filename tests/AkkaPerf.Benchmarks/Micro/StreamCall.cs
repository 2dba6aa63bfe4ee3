namespace AkkaPerf.Benchmarks.Micro;

/// <summary>A request inside a stream, whose caller waits for the task.</summary>
internal sealed class StreamCall(string key) : TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public string Key { get; } = key;
}
