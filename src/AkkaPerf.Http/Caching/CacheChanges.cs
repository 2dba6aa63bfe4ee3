using AkkaPerf.Exchanges;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Pipeline;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>What makes stored responses invalid: unsafe methods that succeed (RFC 9111, section 4.4), and operators.</summary>
internal sealed class CacheChanges
{
    private readonly IPipelineStore<ProxyResponse> _store;
    private readonly QueryTable? _queries;
    private readonly Action<string> _overtake;

    /// <param name="store">What is stored.</param>
    /// <param name="queries">What matters of queries; null if every byte does.</param>
    public CacheChanges(IPipelineStore<ProxyResponse> store, QueryTable? queries)
    {
        _store = store;
        _queries = queries;
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

        if (outcome.Value.StatusCode is >= 200 and < 400 && found.Asked.Authority is not null)
        {
            Forget(found.Asked);
            foreach (var named in NamedAddresses.Of(found.Asked, outcome.Value))
            {
                Forget(named);
            }
        }

        if (outcome.Value is StreamedResponse response)
        {
            response.CacheStatus = status;
        }

        return outcome;
    }

    /// <summary>Forgets all that is stored of a URL, whatever is on its way to it; false if nothing was.</summary>
    public async ValueTask<bool> RemoveAsync(CacheAddress address)
    {
        if ((address with { Normal = null }).Key is not { } key)
        {
            return false;
        }

        // First: who learns a rule from now on has been overtaken by it.
        var removal = RemoveAsync(key);
        if (_queries is null)
        {
            return await removal.ConfigureAwait(false);
        }

        // All at once here, before the second level is waited for.
        Task<bool>[] removals = [removal.AsTask(), .. _queries.KeysOf(address).Select(other => RemoveAsync(other).AsTask())];
        return (await Task.WhenAll(removals).ConfigureAwait(false)).Contains(true);
    }

    /// <summary>Has all that is stored of a URL be stale from now on.</summary>
    public void Expire(in CacheAddress address, SoftMarks marks, long now)
    {
        if ((address with { Normal = null }).Key is not { } key)
        {
            return;
        }

        marks.MarkKey(key, now);
        if (_queries is null)
        {
            return;
        }

        // What is on its way may come to stand by another key, which is not marked.
        _overtake(key);
        foreach (var other in _queries.KeysOf(address))
        {
            marks.MarkKey(other, now);
        }
    }

    private ValueTask<bool> RemoveAsync(string key) => _store.RemoveAsync(key, _overtake);

    // At once here; the second level's turn comes by itself.
    private void Forget(in CacheAddress address) => _ = RemoveAsync(address).AsTask();
}
