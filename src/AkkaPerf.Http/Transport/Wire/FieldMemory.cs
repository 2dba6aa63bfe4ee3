using System.Text;

namespace AkkaPerf.Http.Transport.Wire;

/// <summary>The names and values that a backend sent last, place by place: it sends nearly the same ones each time, which then need not be made anew. One thread at a time.</summary>
internal sealed class FieldMemory
{
    private const int Places = 24;

    // Longer ones would weigh, and are rarely the same twice.
    private const int LongestName = 64;
    private const int LongestValue = 128;

    private readonly Place[] _places = new Place[Places];

    /// <summary>The name at a place of the head; null if it is none.</summary>
    public FieldName? NameOf(int index, ReadOnlySpan<byte> bytes)
    {
        if (index >= Places || bytes.Length > LongestName)
        {
            return FieldName.Of(bytes);
        }

        ref var place = ref _places[index];
        if (place.Name is not null && bytes.SequenceEqual(place.NameBytes))
        {
            return place.Name;
        }

        var name = FieldName.Of(bytes);
        if (name is not null)
        {
            place = new Place { Name = name, NameBytes = bytes.ToArray() };
        }

        return name;
    }

    /// <summary>The value at a place of the head, which is not to have anything in it that could end a line.</summary>
    public string ValueOf(int index, ReadOnlySpan<byte> bytes)
    {
        if (index >= Places || bytes.Length > LongestValue)
        {
            return Encoding.Latin1.GetString(bytes);
        }

        ref var value = ref _places[index].Value;
        if (value is null || !Ascii.Equals(bytes, value))
        {
            value = Encoding.Latin1.GetString(bytes);
        }

        return value;
    }

    private struct Place
    {
        public FieldName? Name;
        public byte[]? NameBytes;
        public string? Value;
    }
}
