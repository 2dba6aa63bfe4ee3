using AkkaPerf.Http.Caching.Rules;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Caching;

/// <summary>Names loads: requests that may be answered alike have the same name, by what is known to tell them apart.</summary>
internal sealed class FillNames
{
    private readonly IPipelineStore<ProxyResponse> _store;

    public FillNames(IPipelineStore<ProxyResponse> store) => _store = store;

    /// <summary>The name of a load, by what is stored of its URL.</summary>
    public string Of(FillPlace place, IFieldSource request)
    {
        var names = (place.Known ?? (_store.Find(place.Key) as StoredSet)?.Variants[0])?.Head.Variance.Names;
        return Of(place, names ?? [], request);
    }

    /// <summary>The name of a load of what varies by these fields.</summary>
    public static string Of(FillPlace place, string[] names, IFieldSource request)
    {
        if (names.Length == 0)
        {
            return place.Asked.Scope.Length == 0 ? place.Key : $"{place.Key}\n{place.Asked.Scope}";
        }

        return $"{place.Key}\n{place.Asked.Scope}\n{string.Join('\n', names.Select(name => VaryRules.ValueOf(request, name)))}";
    }
}
