using AkkaPerf.Http.Caching.Rules;
using AkkaPerf.Http.Proxying;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>The fields of a request, whoever sends it; for the sender's own thread.</summary>
internal readonly struct RequestFields : IFieldSource
{
    private readonly ProxyRequest _request;

    public RequestFields(ProxyRequest request) => _request = request;

    public StringValues this[string name] => _request.Header(name);
}
