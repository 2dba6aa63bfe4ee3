using System.Diagnostics;
using AkkaPerf.Caching;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Pipeline;

/// <summary>The two levels of a pipeline's cache, by key, for an <see cref="IStoringPolicy{TRequest, TResponse}"/>. Any thread.</summary>
/// <typeparam name="TResponse">What is stored.</typeparam>
public interface IPipelineStore<TResponse>
{
    /// <summary>The policy that keeps things here.</summary>
    object Policy { get; }

    /// <summary>The cache's options.</summary>
    CacheOptions Options { get; }

    /// <summary>Whether there is a second level.</summary>
    bool HasSecondLevel { get; }

    /// <summary>Grows with every invalidation: to be read before a load begins, and given with what it brought.</summary>
    int Version { get; }

    /// <summary>Finds what the first level has; null if that is nothing.</summary>
    TResponse? Find(string key);

    /// <summary>The same by a key's spelling.</summary>
    /// <param name="key">The key.</param>
    /// <param name="now">The timestamp of the pipeline's clock.</param>
    TResponse? Find(ReadOnlySpan<char> key, long now);

    /// <summary>Asks the second level, and has the first one keep what is found; null if that is nothing. Never fails but for the cancellation.</summary>
    /// <param name="key">The key.</param>
    /// <param name="load">Who asks: once overtaken, what is found is not kept.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<TResponse?> ReadAsync(string key, IOvertakable load, CancellationToken cancellationToken);

    /// <summary>Reads a note that the policy has left in the second level; never fails but for the cancellation.</summary>
    /// <param name="name">Which.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it could be asked, and what it says; nothing if there is none.</returns>
    ValueTask<(bool IsKnown, ReadOnlyMemory<byte> Bytes)> ReadNoteAsync(string name, CancellationToken cancellationToken);

    /// <summary>Leaves a note in the second level, up to 16 MiB, for who shares it and for the next start; false if it has to wait there, or is too large.</summary>
    /// <param name="name">Which.</param>
    /// <param name="bytes">What it says; not empty.</param>
    /// <param name="life">How long it is kept.</param>
    /// <param name="cancellationToken">Ends the wait; the write goes on.</param>
    ValueTask<bool> WriteNoteAsync(string name, ReadOnlyMemory<byte> bytes, TimeSpan life, CancellationToken cancellationToken);

    /// <summary>Whether nothing that names a key, or one of the tags of what is known by it, was invalidated after a version.</summary>
    /// <param name="version">The <see cref="Version"/> then.</param>
    /// <param name="key">The key.</param>
    /// <param name="tags">The tags; none while they are not known.</param>
    bool IsValidSince(int version, string key, IReadOnlyList<string> tags);

    /// <summary>Stores what a load brought, in both levels, unless it was overtaken or is invalid by now.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">What is stored.</param>
    /// <param name="verdict">Its life, size and tags.</param>
    /// <param name="began">The <see cref="Version"/> when the load began, and when that was, as a timestamp: an invalidation after it takes what is stored.</param>
    /// <param name="load">Who brings it.</param>
    void Set(string key, TResponse value, in CachingVerdict verdict, (int Version, long At) began, IOvertakable load);

    /// <summary>Forgets a key in both levels, and tells those who share the second; false if the first level had nothing.</summary>
    /// <param name="key">The key.</param>
    /// <param name="overtake">Overtakes the policy's loads of the key; called more than once: what the second level told before it had forgotten is old.</param>
    ValueTask<bool> RemoveAsync(string key, Action<string> overtake);

    /// <summary>Counts one who waits for somebody else's load; false if there are as many as <c>cache.max-joiners</c> allows.</summary>
    bool TryJoin();

    /// <summary>He waits no more.</summary>
    void Leave();

    /// <summary>Whether anybody listens to spans.</summary>
    bool IsTraced { get; }

    /// <summary>Counts a request that the first level answered, measures it and makes its span, each if anybody wants that. Else it allocates nothing.</summary>
    /// <param name="since">When it came, as a timestamp of the pipeline's clock.</param>
    /// <param name="parent">What it is part of, where nothing is current; the default for nothing.</param>
    void CountHit(long since, ActivityContext parent);

    /// <summary>Counts how a request ended that waited for a load of the policy's, and measures it if anybody wants that.</summary>
    /// <param name="outcome">What its sender gets.</param>
    /// <param name="since">When it came, as a timestamp of the pipeline's clock.</param>
    void CountEnd(in Outcome<TResponse> outcome, long since);

    /// <summary>Begins the span of a refresh in the background, a trace of its own that is linked to its cause, and makes it current; null if nobody wants it, and nothing is current then.</summary>
    /// <param name="cause">What the request is part of that caused it; the default for nothing.</param>
    Activity? StartRefresh(ActivityContext cause);

    /// <summary>Begins the span of a request that has waited for a load of the policy's, when it has ended, and makes it current; null if nobody wants it.</summary>
    /// <param name="since">When it came, as a timestamp of the pipeline's clock.</param>
    /// <param name="parent">What it is part of, where nothing is current; the default for nothing.</param>
    /// <param name="hasJoined">Whether <see cref="TryJoin"/> let it wait.</param>
    /// <param name="load">The load's span; null if it has none.</param>
    Activity? StartWait(long since, ActivityContext parent, bool hasJoined, Activity? load);

    /// <summary>Ends a span that was begun here.</summary>
    /// <param name="span">The span.</param>
    /// <param name="outcome">How it ended.</param>
    void EndSpan(Activity span, in Outcome<TResponse> outcome);

    /// <summary>Counts how requests were answered, for the pipeline's figures.</summary>
    void Count(StoreCount count);

    /// <summary>Counts a load that has ended.</summary>
    /// <param name="took">How long it took, in timestamps.</param>
    /// <param name="hasFailed">Whether it failed.</param>
    void CountLoad(long took, bool hasFailed);
}
