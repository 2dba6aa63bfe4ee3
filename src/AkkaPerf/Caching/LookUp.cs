using AkkaPerf.Exchanges;
using AkkaPerf.Layers;

namespace AkkaPerf.Caching;

/// <summary>One load's question to the second level, asked outside the island and answered into an inbox.</summary>
internal sealed class LookUp : IThreadPoolWorkItem
{
    private readonly Inbox<LookUp> _answers;
    private readonly CancellationTokenSource _cancellation = new();

    public LookUp(Exchange load, Inbox<LookUp> answers)
    {
        Load = load;
        _answers = answers;
    }

    /// <summary>Who asks; not to be touched outside the island while the answer is awaited.</summary>
    public Exchange Load { get; }

    /// <summary>The answer; null if the second level does not know, or nobody wants it any more.</summary>
    public CacheEntry? Entry { get; private set; }

    public void Start() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);

    /// <summary>Nobody waits any more; any thread.</summary>
    public void Cancel() => _cancellation.Cancel();

    public void Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        try
        {
            Entry = await Load.LookUpAsync(_cancellation.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Cancelled by the stage, which has forgotten it.
        }
        finally
        {
            _answers.Post(this);
        }
    }
}
