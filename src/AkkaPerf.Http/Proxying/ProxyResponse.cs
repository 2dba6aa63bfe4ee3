using AkkaPerf.Http.Compression;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Proxying;

/// <summary>What is answered to a <see cref="ProxyRequest"/>: kept in memory, streamed from a backend, or made here.</summary>
public abstract class ProxyResponse : IDisposable
{
    private protected ProxyResponse()
    {
    }

    /// <summary>The status code.</summary>
    public abstract int StatusCode { get; }

    /// <summary>Whether a backend has just sent it over HTTP/2.</summary>
    internal virtual bool CameByHttp2 => false;

    /// <summary>Writes it to a client; a streamed one can be written once.</summary>
    public abstract Task WriteToAsync(HttpContext context);

    /// <summary>Writes it to a client, compressed if the route wants that and the client accepts it.</summary>
    internal virtual Task WriteToAsync(HttpContext context, ResponseCompression? compression) => WriteToAsync(context);

    /// <summary>Gives it to an <see cref="HttpClient"/>; a streamed one can be given once, and is let go by whoever disposes of the message.</summary>
    internal virtual HttpResponseMessage ToMessage(HttpRequestMessage request) => throw new NotSupportedException($"{GetType().Name} is for servers.");

    /// <summary>Lets go of the backend if it is streamed; to be called by whoever got it.</summary>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private protected virtual void Release()
    {
    }
}
