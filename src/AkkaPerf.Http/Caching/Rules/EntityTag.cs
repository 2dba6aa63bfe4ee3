namespace AkkaPerf.Http.Caching.Rules;

/// <summary>Entity tags (RFC 9110, section 8.8.3) and the lists of them that requests are made conditional with.</summary>
internal static class EntityTag
{
    /// <summary>Whether a text is one.</summary>
    public static bool IsValid(ReadOnlySpan<char> text)
    {
        var opaque = Opaque(text);
        if (opaque.Length < 2 || opaque[0] != '"' || opaque[^1] != '"')
        {
            return false;
        }

        // etagc: %x21 / %x23-7E / obs-text
        foreach (var c in opaque[1..^1])
        {
            if (c is '"' or <= ' ' or '\x7f')
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether it is weak.</summary>
    public static bool IsWeak(ReadOnlySpan<char> tag) => tag.StartsWith("W/", StringComparison.Ordinal);

    /// <summary>The comparison of If-None-Match.</summary>
    public static bool WeakEquals(ReadOnlySpan<char> one, ReadOnlySpan<char> other) => Opaque(one).SequenceEqual(Opaque(other));

    /// <summary>The comparison of If-Match and If-Range.</summary>
    public static bool StrongEquals(ReadOnlySpan<char> one, ReadOnlySpan<char> other) => !IsWeak(one) && !IsWeak(other) && one.SequenceEqual(other);

    /// <summary>Whether a line of If-None-Match has a tag, or is <c>*</c>.</summary>
    public static bool ListHas(ReadOnlySpan<char> line, ReadOnlySpan<char> tag)
    {
        var members = new ListCursor(line);
        while (members.MoveNext())
        {
            if (members.Current is "*" || (!tag.IsEmpty && WeakEquals(members.Current, tag)))
            {
                return true;
            }
        }

        return false;
    }

    private static ReadOnlySpan<char> Opaque(ReadOnlySpan<char> tag) => IsWeak(tag) ? tag[2..] : tag;
}
