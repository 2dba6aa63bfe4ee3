using System.Net.Http.Headers;

namespace AkkaPerf.Http.Proxying;

/// <summary>Takes fields for a message.</summary>
internal readonly struct MessageFieldTarget(HttpRequestHeaders headers) : IFieldTarget
{
    public void Add(string name, string value) => headers.TryAddWithoutValidation(name, value);
}
