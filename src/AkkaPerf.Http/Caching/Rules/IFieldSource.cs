using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching.Rules;

/// <summary>The header fields of a message, wherever it comes from.</summary>
internal interface IFieldSource
{
    /// <summary>All lines of a field; empty if it is not there.</summary>
    StringValues this[string name] { get; }
}
