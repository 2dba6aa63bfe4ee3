using System.Globalization;

namespace AkkaPerf.Http.Caching.Rules;

/// <summary>What the Cache-Control lines of a request or response say (RFC 9111, section 5.2), taken strictly.</summary>
/// <remarks>Numbers saturate at 2^31 seconds; one that cannot be read counts as zero, which is stale (section 4.2.1), as does the smaller of two.</remarks>
internal struct CacheControl
{
    /// <summary>What a number of seconds saturates at (section 1.2.2).</summary>
    public const long Longest = 1L << 31;

    private Directive _flags;

    /// <summary>Seconds; null if it is not said.</summary>
    public long? MaxAge { get; private set; }

    /// <summary>Seconds, for shared caches; null if it is not said.</summary>
    public long? SharedMaxAge { get; private set; }

    /// <summary>Seconds for which a stale response may be given while it is refreshed (RFC 5861); null if it is not said.</summary>
    public long? StaleWhileRevalidate { get; private set; }

    /// <summary>Seconds for which a stale response may be given when there is an error (RFC 5861); null if it is not said.</summary>
    public long? StaleIfError { get; private set; }

    /// <summary>Seconds that a response must stay fresh, for a request; null if it is not said.</summary>
    public long? MinFresh { get; private set; }

    /// <summary>Seconds that a response may be stale, for a request; <see cref="long.MaxValue"/> for any; null if it is not said.</summary>
    public long? MaxStale { get; private set; }

    /// <summary>The fields that <c>no-cache="…"</c> names; null if it names none.</summary>
    public string? NoCacheFields { get; private set; }

    /// <summary>The fields that <c>private="…"</c> names; null if it names none.</summary>
    public string? PrivateFields { get; private set; }

    /// <summary>Whether all of these are said.</summary>
    public readonly bool Has(Directive flags) => (_flags & flags) == flags;

    /// <summary>Whether any of these is said.</summary>
    public readonly bool HasAny(Directive flags) => (_flags & flags) != Directive.None;

    /// <summary>Reads one more line.</summary>
    public void Read(ReadOnlySpan<char> line)
    {
        var members = new ListCursor(line);
        while (members.MoveNext())
        {
            var member = members.Current;
            var equals = member.IndexOf('=');
            if (equals < 0)
            {
                ReadOne(member, value: default, hasValue: false);
            }
            else
            {
                ReadOne(member[..equals].TrimEnd(" \t"), member[(equals + 1)..].TrimStart(" \t"), hasValue: true);
            }
        }
    }

    /// <summary>Reads one directive.</summary>
    public void ReadOne(ReadOnlySpan<char> name, ReadOnlySpan<char> value, bool hasValue)
    {
        switch (name.Length)
        {
            case 6 when Is(name, "public"):
                _flags |= Directive.Public;
                break;
            case 7 when Is(name, "private"):
                PrivateFields = ReadFields(Directive.Private, PrivateFields, value, hasValue);
                break;
            case 7 when Is(name, "max-age"):
                MaxAge = Smaller(MaxAge, Seconds(value));
                break;
            case 8 when Is(name, "no-store"):
                _flags |= Directive.NoStore;
                break;
            case 8 when Is(name, "no-cache"):
                NoCacheFields = ReadFields(Directive.NoCache, NoCacheFields, value, hasValue);
                break;
            case 8 when Is(name, "s-maxage"):
                SharedMaxAge = Smaller(SharedMaxAge, Seconds(value));
                break;
            case 9 when Is(name, "min-fresh"):
                MinFresh = Seconds(value);
                break;
            case 9 when Is(name, "max-stale"):
                MaxStale = hasValue ? Seconds(value) : long.MaxValue;
                break;
            case 9 when Is(name, "immutable"):
                _flags |= Directive.Immutable;
                break;
            case 12 when Is(name, "no-transform"):
                _flags |= Directive.NoTransform;
                break;
            case 14 when Is(name, "only-if-cached"):
                _flags |= Directive.OnlyIfCached;
                break;
            case 14 when Is(name, "stale-if-error"):
                StaleIfError = Smaller(StaleIfError, Seconds(value));
                break;
            case 15 when Is(name, "must-revalidate"):
                _flags |= Directive.MustRevalidate;
                break;
            case 15 when Is(name, "must-understand"):
                _flags |= Directive.MustUnderstand;
                break;
            case 16 when Is(name, "proxy-revalidate"):
                _flags |= Directive.ProxyRevalidate;
                break;
            case 22 when Is(name, "stale-while-revalidate"):
                StaleWhileRevalidate = Smaller(StaleWhileRevalidate, Seconds(value));
                break;
            default:
                // Unknown ones mean nothing (section 5.2.3).
                break;
        }
    }

    private static bool Is(ReadOnlySpan<char> name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);

    private static long Smaller(long? one, long other) => one is { } known && known < other ? known : other;

    private static long Seconds(ReadOnlySpan<char> value)
    {
        value = Unquoted(value);
        if (value.IsEmpty || value.ContainsAnyExceptInRange('0', '9'))
        {
            return 0;
        }

        return long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? Math.Min(seconds, Longest) : Longest;
    }

    private static ReadOnlySpan<char> Unquoted(ReadOnlySpan<char> value) =>
        value.Length >= 2 && value[0] == '"' && value[^1] == '"' ? value[1..^1] : value;

    // With a list of fields it concerns these; without one, or with an empty one, the whole response.
    private string? ReadFields(Directive flag, string? known, ReadOnlySpan<char> value, bool hasValue)
    {
        var fields = hasValue ? Unquoted(value).Trim(" \t,") : default;
        if (fields.IsEmpty)
        {
            _flags |= flag;
            return known;
        }

        return known is null ? fields.ToString() : string.Concat(known, ",", fields);
    }
}
