using AkkaPerf.Http.Caching.Rules;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>The fields of a request as they were: a fill may outlive whoever asked first.</summary>
internal sealed class FieldSnapshot : IFieldSource
{
    private readonly List<KeyValuePair<string, StringValues>> _fields;

    public FieldSnapshot(IEnumerable<KeyValuePair<string, StringValues>> fields) => _fields = [.. fields];

    public StringValues this[string name]
    {
        get
        {
            foreach (var (key, values) in _fields)
            {
                if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return values;
                }
            }

            return default;
        }
    }
}
