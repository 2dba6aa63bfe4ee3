namespace AkkaPerf.Caching;

/// <summary>Keeps every answer that has a key, for the pipeline's life of an entry.</summary>
internal sealed class KeyPolicy<TRequest, TResponse> : ICachingPolicy<TRequest, TResponse>
{
    // What is assumed of an answer whose size cannot be seen from outside.
    private const long UnknownSize = 256;

    private readonly Func<TRequest, string?> _keyOf;

    public KeyPolicy(Func<TRequest, string?> keyOf) => _keyOf = keyOf;

    public string? KeyOf(TRequest request) => _keyOf(request);

    public CachingVerdict Judge(TRequest request, TResponse response) => CachingVerdict.Keep(bytes: response switch
    {
        string text => 2L * text.Length,
        byte[] bytes => bytes.Length,
        _ => UnknownSize,
    });
}
