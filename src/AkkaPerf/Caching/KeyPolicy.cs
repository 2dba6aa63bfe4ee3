namespace AkkaPerf.Caching;

/// <summary>Keeps every answer that has a key, for the pipeline's life of an entry.</summary>
internal sealed class KeyPolicy<TRequest, TResponse> : ICachingPolicy<TRequest, TResponse>
{
    private readonly Func<TRequest, string?> _keyOf;
    private readonly Func<TRequest, TResponse, IReadOnlyList<string>>? _tagsOf;

    public KeyPolicy(Func<TRequest, string?> keyOf, Func<TRequest, TResponse, IReadOnlyList<string>>? tagsOf = null)
    {
        _keyOf = keyOf;
        _tagsOf = tagsOf;
    }

    public string? KeyOf(TRequest request) => _keyOf(request);

    public CachingVerdict Judge(TRequest request, TResponse response) => _tagsOf is null
        ? CachingVerdict.Keep(bytes: ValueSize.Of(response))
        : CachingVerdict.Keep(new CacheEntryOptions { Bytes = ValueSize.Of(response) }, _tagsOf(request, response));
}
