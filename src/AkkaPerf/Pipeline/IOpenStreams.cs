namespace AkkaPerf.Pipeline;

/// <summary>What handlers leave open when they end, such as tunnels: it holds no permit and no connection any more. Any thread.</summary>
public interface IOpenStreams
{
    /// <summary>How many are open.</summary>
    long Count { get; }

    /// <summary>Ends them all; called when the pipeline's drain is over, more than once perhaps.</summary>
    void End();
}
