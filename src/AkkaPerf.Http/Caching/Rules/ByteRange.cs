using System.Globalization;

namespace AkkaPerf.Http.Caching.Rules;

/// <summary>One part of a body, both ends included.</summary>
internal readonly record struct ByteRange(long First, long Last)
{
    /// <summary>How many a request may ask for; more is the whole body's business.</summary>
    public const int Most = 8;

    public long Length => Last - First + 1;

    /// <summary>Reads a Range field (RFC 9110, section 14.2) against a body's length.</summary>
    /// <returns>
    /// Null if the field is to be ignored: another unit, not readable, or more parts than anybody needs. Empty if none of its parts is in
    /// the body: 416. Else the parts in the order asked for, clipped to the body.
    /// </returns>
    public static List<ByteRange>? Parse(ReadOnlySpan<char> field, long length)
    {
        const string Unit = "bytes=";
        if (!field.StartsWith(Unit, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var found = new List<ByteRange>();
        var count = 0;
        var members = new ListCursor(field[Unit.Length..]);
        while (members.MoveNext())
        {
            if (++count > Most || !TryOne(members.Current, length, out var range))
            {
                return null;
            }

            if (range.First <= range.Last)
            {
                found.Add(range);
            }
        }

        return count == 0 || Overlap(found) ? null : found;
    }

    // A part that is readable but lies beyond the body comes out empty: first behind last.
    private static bool TryOne(ReadOnlySpan<char> text, long length, out ByteRange range)
    {
        range = default;
        var dash = text.IndexOf('-');
        if (dash < 0)
        {
            return false;
        }

        var left = text[..dash];
        var right = text[(dash + 1)..];
        if (left.IsEmpty)
        {
            if (!TryNumber(right, out var suffix))
            {
                return false;
            }

            range = suffix == 0 ? new(1, 0) : new(Math.Max(0, length - suffix), length - 1);
            return true;
        }

        var last = long.MaxValue;
        if (!TryNumber(left, out var first) || (!right.IsEmpty && !TryNumber(right, out last)) || last < first)
        {
            return false;
        }

        range = first >= length ? new(1, 0) : new(first, Math.Min(last, length - 1));
        return true;
    }

    // Parts that overlap make an answer larger than the body (section 14.2).
    private static bool Overlap(List<ByteRange> ranges)
    {
        for (var i = 1; i < ranges.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (ranges[i].First <= ranges[j].Last && ranges[j].First <= ranges[i].Last)
                {
                    return true;
                }
            }
        }

        return false;
    }

    // Numbers beyond counting lie beyond every body.
    private static bool TryNumber(ReadOnlySpan<char> text, out long number)
    {
        number = 0;
        if (text.IsEmpty || text.ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            number = long.MaxValue;
        }

        return true;
    }
}
