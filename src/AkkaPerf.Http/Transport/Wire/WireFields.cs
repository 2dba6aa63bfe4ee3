using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Transport.Wire;

/// <summary>The fields of a response in the order they came, those of one name together.</summary>
internal struct WireFields
{
    private const int Few = 12;

    private WireField[]? _fields;

    public int Count { get; private set; }

    public readonly ReadOnlySpan<WireField> All => _fields.AsSpan(0, Count);

    public void Add(FieldName name, string value)
    {
        var place = IndexOf(name.Text);
        if (place >= 0)
        {
            ref var field = ref _fields![place];
            field = field with { Values = StringValues.Concat(field.Values, value) };
            return;
        }

        _fields ??= new WireField[Few];
        if (Count == _fields.Length)
        {
            Array.Resize(ref _fields, Count * 2);
        }

        _fields[Count++] = new WireField(name.Text, value, name.Kind == FieldKind.Forwarded);
    }

    /// <summary>All lines of a field; none if it is not there.</summary>
    public readonly StringValues ValuesOf(string name)
    {
        var place = IndexOf(name);
        return place < 0 ? default : _fields![place].Values;
    }

    /// <summary>Keeps those back that a Connection field names.</summary>
    public void Withhold(HashSet<string> nominated)
    {
        foreach (ref var field in _fields.AsSpan(0, Count))
        {
            if (nominated.Contains(field.Name))
            {
                field = field with { IsForwarded = false };
            }
        }
    }

    private readonly int IndexOf(string name)
    {
        for (var i = 0; i < Count; i++)
        {
            var other = _fields![i].Name;
            if (ReferenceEquals(other, name) || (other.Length == name.Length && other.Equals(name, StringComparison.OrdinalIgnoreCase)))
            {
                return i;
            }
        }

        return -1;
    }
}
