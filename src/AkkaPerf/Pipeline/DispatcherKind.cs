namespace AkkaPerf.Pipeline;

/// <summary>Which threads run a pipeline's island and its pool actors.</summary>
public enum DispatcherKind
{
    /// <summary>The caller's thread for the first batch, the thread pool for further ones: an idle pipeline decides without a thread hop.</summary>
    Inline,

    /// <summary>Always the thread pool.</summary>
    Pool,
}
