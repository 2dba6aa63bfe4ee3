using AkkaPerf.Http.Caching.Rules;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Tests.Caching.Rules;

/// <summary>Fields as a message has them: one line each, "Name: value".</summary>
internal sealed class Fields : IFieldSource
{
    private readonly Dictionary<string, StringValues> _fields = new(StringComparer.OrdinalIgnoreCase);

    public Fields(params string[] lines)
    {
        foreach (var line in lines)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            _fields[line[..colon]] = StringValues.Concat(this[line[..colon]], line[(colon + 1)..].TrimStart(' '));
        }
    }

    public StringValues this[string name] => _fields.GetValueOrDefault(name);
}
