using AkkaPerf.Http.Caching.Rules;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Transport;

/// <summary>A backend's response, whatever it came by: its head is here, its body is still to be read, once and by one reader at a time.</summary>
internal abstract class BackendResponse : IFieldSource, IDisposable
{
    /// <summary>The status code.</summary>
    public abstract int StatusCode { get; }

    /// <summary>What the backend calls the status; null if that is what everybody calls it.</summary>
    public abstract string? Reason { get; }

    /// <summary>The version of HTTP that it came in.</summary>
    public abstract Version Version { get; }

    /// <summary>How long the body is said to be; null if that is not known.</summary>
    public abstract long? ContentLength { get; }

    /// <summary>Whether the end of the body can be told from its having been cut off.</summary>
    public abstract bool IsDelimited { get; }

    /// <summary>The body; whoever wants to come between sets it to what reads from it.</summary>
    public abstract Stream Body { get; set; }

    public bool IsSuccess => StatusCode is >= 200 and < 300;

    /// <summary>All lines of a field, forwarded or not.</summary>
    public abstract StringValues this[string name] { get; }

    /// <summary>Sets every field that is forwarded, but Content-Length, which follows from the framing.</summary>
    public abstract void WriteTo(IHeaderDictionary headers);

    /// <summary>The same in a list.</summary>
    public abstract List<KeyValuePair<string, StringValues>> Forwarded();

    /// <summary>The trailers that came over the wire; complete once the body has been read.</summary>
    public abstract KeyValuePair<string, StringValues>[] Trailers();

    /// <summary>Adds every field to a message with a content, as it came.</summary>
    public abstract void CopyTo(HttpResponseMessage answer);

    /// <summary>Takes the whole body if it is here already; its array is the taker's, to be given back to the shared pool of arrays.</summary>
    public virtual bool TryTakeWhole(out ArraySegment<byte> body)
    {
        body = default;
        return false;
    }

    /// <summary>Lets go of the backend; a body that has not been read to its end is broken off. More than once is once.</summary>
    public abstract void Dispose();
}
