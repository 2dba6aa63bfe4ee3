using AkkaPerf.Exchanges;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Pipeline;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>What makes stored responses invalid: unsafe methods that succeed (RFC 9111, section 4.4), and operators.</summary>
internal sealed class CacheChanges
{
    private readonly IPipelineStore<ProxyResponse> _store;
    private readonly Action<string> _overtake;

    public CacheChanges(IPipelineStore<ProxyResponse> store)
    {
        _store = store;
        _overtake = key => Counts.Count(key.GetHashCode(StringComparison.Ordinal));
    }

    /// <summary>How often keys were removed.</summary>
    public ChangeCounts Counts { get; } = new();

    /// <summary>Sends a request that may change what is stored, and forgets that if it did.</summary>
    public async ValueTask<Outcome<ProxyResponse>> SendAsync(CacheCall call, CacheLookUp found, StringValues status)
    {
        var outcome = await call.SendAsync(call.CancellationToken).ConfigureAwait(false);
        if (!outcome.IsSuccess)
        {
            return outcome;
        }

        if (outcome.Value.StatusCode is >= 200 and < 400 && found.Asked.Key is { } key)
        {
            Forget(key);
            foreach (var named in NamedAddresses.Of(found.Asked, outcome.Value))
            {
                if (named.Key is { } other)
                {
                    Forget(other);
                }
            }
        }

        if (outcome.Value is StreamedResponse response)
        {
            response.CacheStatus = status;
        }

        return outcome;
    }

    /// <summary>Forgets what is stored of a key, whatever is on its way to it; false if nothing was.</summary>
    public ValueTask<bool> RemoveAsync(string key) => _store.RemoveAsync(key, _overtake);

    // At once here; the second level's turn comes by itself.
    private void Forget(string key) => _ = RemoveAsync(key).AsTask();
}
