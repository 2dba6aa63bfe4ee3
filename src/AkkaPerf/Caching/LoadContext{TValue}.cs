namespace AkkaPerf.Caching;

/// <summary>What a load may know, and what it may decide about the entry it brings. For the load's own use, until it ends.</summary>
/// <typeparam name="TValue">The type of the value.</typeparam>
public sealed class LoadContext<TValue>
{
    private readonly TValue? _previous;

    internal LoadContext(bool hasPrevious, TValue? previous, CacheEntryOptions? options, IReadOnlyList<string> tags)
    {
        HasPrevious = hasPrevious;
        _previous = previous;
        Options = options;
        Tags = tags;
    }

    /// <summary>Whether there is an older value, so that the source can be asked whether it has changed.</summary>
    public bool HasPrevious { get; }

    /// <summary>The older value.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public TValue Previous => HasPrevious ? _previous! : throw new InvalidOperationException("There is no previous value: look at HasPrevious first.");

    /// <summary>What is special about the entry: at first what the caller said; the load may say otherwise.</summary>
    public CacheEntryOptions? Options { get; set; }

    /// <summary>What the entry can be removed by, together with others.</summary>
    public IReadOnlyList<string> Tags { get; set; }

    /// <summary>Whether the value is stored; the load may decide that it is not.</summary>
    public bool IsKept { get; set; } = true;

    /// <summary>The previous value, to be returned when the source says that it has not changed: it lives on as if it were new.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public TValue NotModified() => Previous;
}
