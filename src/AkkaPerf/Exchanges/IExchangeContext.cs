using System.Diagnostics.CodeAnalysis;
using AkkaPerf.Backends;

namespace AkkaPerf.Exchanges;

/// <summary>What a handler may know and do of the exchange it runs for.</summary>
/// <typeparam name="TResponse">The type of the answer.</typeparam>
public interface IExchangeContext<TResponse>
{
    /// <summary>The backend it was assigned; null in a pipeline without backends.</summary>
    Backend? Backend { get; }

    /// <summary>Cancelled when nobody waits for the answer any more: deadline, caller's cancellation, end of the pipeline. Not to be used once the handler has ended.</summary>
    CancellationToken CancellationToken { get; }

    /// <summary>How long whoever asked still waits for the answer; zero once nobody does.</summary>
    TimeSpan TimeLeft { get; }

    /// <summary>The answer that the cache knows and wants refreshed, to ask the source whether it has changed: if not, return it again, and it lives on as if it were new.</summary>
    bool TryGetPrevious([MaybeNullWhen(false)] out TResponse previous);

    /// <summary>Gives the answer before the handler ends, as for the head of a streamed response. Permit and connection stay held until the handler ends.</summary>
    /// <returns>False if the caller has gone: whatever the response holds is the handler's to release.</returns>
    bool TryAnswer(TResponse response);

    /// <summary>After an early answer: gives the cache one that can be shared, which the caching policy judges like any other. Before the handler ends.</summary>
    void Keep(TResponse response);

    /// <summary>Counts the exchange as its backend's failure though it is answered, as with an HTTP 503; the caller sees no difference. Before the handler ends.</summary>
    void BlameBackend();

    /// <summary>
    /// Says that the answer about to be returned, not one given early, had better come from another backend, as with an HTTP 503. It is kept, and
    /// is the answer if the request cannot be repeated, or may not be (<c>retry</c>). Before the handler ends.
    /// </summary>
    /// <param name="after">When a new try may succeed, if the backend said so.</param>
    void PreferAnother(TimeSpan after = default);
}
