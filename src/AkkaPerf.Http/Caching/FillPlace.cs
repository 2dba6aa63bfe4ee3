namespace AkkaPerf.Http.Caching;

/// <summary>What a fill loads.</summary>
/// <param name="Key">The key of the URL.</param>
/// <param name="Asked">What it is made of, and the scope.</param>
/// <param name="Known">What is stored and to be validated; null for nothing.</param>
/// <param name="Reason">Why a backend is asked.</param>
internal sealed record FillPlace(string Key, CacheAddress Asked, StoredResponse? Known, ForwardReason Reason)
{
    /// <summary>Whether what was loaded here is an answer to those who asked for another place and were taken for the same: it may have said something else of its query since.</summary>
    public bool Answers(FillPlace other) => Key == other.Key || Asked.Target == other.Asked.Target;

    public static FillPlace Of(in CacheLookUp found) => new(found.Asked.Key!, found.Asked, found.Stored, found.Reason);
}
