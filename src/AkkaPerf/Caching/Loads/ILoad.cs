namespace AkkaPerf.Caching.Loads;

/// <summary>How a value is loaded; implemented by structs, so that callers with and without state or context need no closure.</summary>
internal interface ILoad<TValue>
{
    /// <summary>Whether it looks at the context; else none is made.</summary>
    static abstract bool WantsContext { get; }

    ValueTask<TValue> RunAsync(LoadContext<TValue>? context, CancellationToken cancellationToken);
}
