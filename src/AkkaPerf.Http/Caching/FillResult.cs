using AkkaPerf.Exchanges;
using AkkaPerf.Http.Proxying;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>What became of a fill, as soon as that is known.</summary>
internal sealed class FillResult
{
    private FillResult()
    {
    }

    /// <summary>All of it is there.</summary>
    public StoredResponse? Whole { get; private init; }

    /// <summary>How the cache took part in <see cref="Whole"/>.</summary>
    public StringValues Status { get; private init; }

    /// <summary>The head is there, the body comes.</summary>
    public StoredHead? Head { get; private init; }

    /// <summary>What only whoever asked first gets: it is not to be shared, or it failed.</summary>
    public Outcome<ProxyResponse> Own { get; private init; }

    /// <summary>In which level it was found, so that nobody was asked; null if a backend was.</summary>
    public StoreLevel? FoundIn { get; private init; }

    /// <summary>Whether it is what was known before, as nothing fresher could be had.</summary>
    public bool IsStale { get; private init; }

    /// <summary>Whether those who came later may have it too.</summary>
    public bool IsForAll { get; private init; }

    /// <summary>Lets go of what only whoever asked first would have got.</summary>
    public void DropOwn()
    {
        if (Own.IsSuccess)
        {
            Own.Value?.Dispose();
        }
    }

    public static FillResult Of(StoredResponse whole, StringValues status, bool isForAll) => new() { Whole = whole, Status = status, IsForAll = isForAll };

    public static FillResult Found(StoredResponse whole, StoreLevel level) => new() { Whole = whole, FoundIn = level, IsForAll = true };

    public static FillResult Stale(StoredResponse whole, StringValues status) => new() { Whole = whole, Status = status, IsStale = true, IsForAll = true };

    public static FillResult Of(StoredHead head, bool isForAll) => new() { Head = head, IsForAll = isForAll };

    public static FillResult Failed(Outcome<ProxyResponse> outcome) => new() { Own = outcome, IsForAll = outcome.Reason != RefusalReason.Cancelled };

    public static FillResult Unshared(Outcome<ProxyResponse> outcome) => new() { Own = outcome };
}
