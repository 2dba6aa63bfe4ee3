using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Express;

/// <summary>The fields of a head in the order they came; few, so they are looked for one by one. One thread at a time.</summary>
internal sealed class ExpressFields : IHeaderDictionary
{
    private const int Few = 16;
    private const string Length = "Content-Length";

    private Field[] _fields = new Field[Few];
    private int _count;
    private long? _length;

    /// <summary>The body's length; null for none.</summary>
    public long? ContentLength
    {
        get => _length;
        set
        {
            ThrowIfReadOnly();
            _length = value;
        }
    }

    /// <summary>The fields but for the length.</summary>
    public ReadOnlySpan<Field> All => _fields.AsSpan(0, _count);

    public int Count => _count + (ContentLength is null ? 0 : 1);

    /// <summary>Whether they are sent already, so that changing them would change nothing.</summary>
    public bool IsReadOnly { get; set; }

    public ICollection<string> Keys => [.. this.Select(static one => one.Key)];

    public ICollection<StringValues> Values => [.. this.Select(static one => one.Value)];

    public StringValues this[string key]
    {
        get
        {
            var place = IndexOf(key);
            return place >= 0 ? _fields[place].Values : IsLength(key) ? LengthText() : default;
        }

        set
        {
            ArgumentNullException.ThrowIfNull(key);
            ThrowIfReadOnly();
            if (IsLength(key))
            {
                ContentLength = value.Count == 0 ? null : Read(value);
                return;
            }

            var place = IndexOf(key);
            if (value.Count == 0)
            {
                RemoveAt(place);
            }
            else if (place >= 0)
            {
                _fields[place].Values = value;
            }
            else
            {
                Append(key, value);
            }
        }
    }

    /// <summary>Adds a line: behind those of the same name, if there are any.</summary>
    public void AddLine(string name, string value)
    {
        var place = IndexOf(name);
        if (place >= 0)
        {
            _fields[place].Values = StringValues.Concat(_fields[place].Values, value);
        }
        else
        {
            Append(name, value);
        }
    }

    public void Add(string key, StringValues value)
    {
        if (ContainsKey(key))
        {
            throw new ArgumentException($"The field {key} is there already.", nameof(key));
        }

        this[key] = value;
    }

    public void Add(KeyValuePair<string, StringValues> item) => Add(item.Key, item.Value);

    public bool ContainsKey(string key) => IndexOf(key) >= 0 || (ContentLength is not null && IsLength(key));

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out StringValues value)
    {
        value = this[key];
        return value.Count > 0;
    }

    public bool Contains(KeyValuePair<string, StringValues> item) => TryGetValue(item.Key, out var value) && value == item.Value;

    public bool Remove(string key)
    {
        var isThere = ContainsKey(key);
        this[key] = default;
        return isThere;
    }

    public bool Remove(KeyValuePair<string, StringValues> item) => Contains(item) && Remove(item.Key);

    public void Clear()
    {
        ThrowIfReadOnly();
        Array.Clear(_fields, 0, _count);
        _count = 0;
        ContentLength = null;
    }

    public void CopyTo(KeyValuePair<string, StringValues>[] array, int arrayIndex)
    {
        ArgumentNullException.ThrowIfNull(array);
        foreach (var one in this)
        {
            array[arrayIndex++] = one;
        }
    }

    public IEnumerator<KeyValuePair<string, StringValues>> GetEnumerator()
    {
        for (var i = 0; i < _count; i++)
        {
            yield return new(_fields[i].Name, _fields[i].Values);
        }

        if (ContentLength is not null)
        {
            yield return new(Length, LengthText());
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void ThrowIfReadOnly()
    {
        if (IsReadOnly)
        {
            throw new InvalidOperationException("The fields cannot be changed: the head has been sent.");
        }
    }

    private static bool IsLength(string key) => key.Length == Length.Length && key.Equals(Length, StringComparison.OrdinalIgnoreCase);

    private static long Read(StringValues value) =>
        value is [{ } text] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? length
            : throw new InvalidOperationException($"Content-Length is {value}; allowed is one whole number from 0 on.");

    private StringValues LengthText() => ContentLength is { } length ? length.ToString(CultureInfo.InvariantCulture) : default(StringValues);

    private void Append(string name, StringValues values)
    {
        if (_count == _fields.Length)
        {
            Array.Resize(ref _fields, _count * 2);
        }

        _fields[_count++] = new Field { Name = name, Values = values };
    }

    private void RemoveAt(int place)
    {
        if (place >= 0)
        {
            _count--;
            Array.Copy(_fields, place + 1, _fields, place, _count - place);
            _fields[_count] = default;
        }
    }

    private int IndexOf(string key)
    {
        var fields = _fields;
        for (var i = 0; i < _count; i++)
        {
            var name = fields[i].Name;
            if (ReferenceEquals(name, key) || (name.Length == key.Length && name.Equals(key, StringComparison.OrdinalIgnoreCase)))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>A field with all its lines.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal struct Field
    {
        public string Name;
        public StringValues Values;
    }
}
