using AkkaPerf.Http.Compression;
using AkkaPerf.Http.Proxying;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>A stored response that was not simply there: it says how it came about.</summary>
internal sealed class ServedResponse : ProxyResponse
{
    private readonly StoredResponse _stored;
    private readonly StringValues _status;

    public ServedResponse(StoredResponse stored, StringValues status)
    {
        _stored = stored;
        _status = status;
    }

    public override int StatusCode => _stored.StatusCode;

    public override Task WriteToAsync(HttpContext context) => _stored.WriteToAsync(context, _status);

    internal override Task WriteToAsync(HttpContext context, ResponseCompression? compression) => _stored.WriteToAsync(context, compression, _status);

    internal override HttpResponseMessage ToMessage(HttpRequestMessage request) => _stored.ToMessage(request, _status);
}
