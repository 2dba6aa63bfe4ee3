using AkkaPerf.Http.Client;
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
    private readonly KeyValuePair<string, StringValues>[] _own;

    /// <summary>Takes a stored response.</summary>
    /// <param name="stored">The response.</param>
    /// <param name="status">How the cache took part.</param>
    /// <param name="own">What is this client's alone.</param>
    public ServedResponse(StoredResponse stored, StringValues status, KeyValuePair<string, StringValues>[] own)
    {
        _own = own;
        _stored = stored;
        _status = status;
    }

    public override int StatusCode => _stored.StatusCode;

    public override Task WriteToAsync(HttpContext context) => WriteToAsync(context, compression: null);

    internal override Task WriteToAsync(HttpContext context, ResponseCompression? compression)
    {
        foreach (var (name, values) in _own)
        {
            context.Response.Headers[name] = values;
        }

        return _stored.WriteToAsync(context, compression, _status);
    }

    internal override HttpResponseMessage ToMessage(HttpRequestMessage request)
    {
        var message = _stored.ToMessage(request, _status);
        foreach (var (name, values) in _own)
        {
            ResponseMessages.Add(message, name, values);
        }

        return message;
    }
}
