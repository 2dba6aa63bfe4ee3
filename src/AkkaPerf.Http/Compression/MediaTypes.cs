using System.Buffers;

namespace AkkaPerf.Http.Compression;

/// <summary>Types of content by their names, with <c>*</c> for any part of one.</summary>
internal sealed class MediaTypes
{
    private static readonly SearchValues<char> Delimiters = SearchValues.Create("\"(),:;<=>?@[\\]{}");

    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _names;
    private readonly (string Start, string End)[] _patterns;

    public MediaTypes(IEnumerable<string> types)
    {
        var all = types.ToLookup(static type => type.Contains('*', StringComparison.Ordinal));
        _names = new HashSet<string>(all[false], StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
        _patterns = [.. all[true].Select(static type => type.Split('*')).Select(static parts => (parts[0], parts[1]))];
    }

    /// <summary>Whether a text is a type, or a pattern with one <c>*</c>.</summary>
    public static bool IsPattern(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0
            && slash < text.Length - 1
            && !text.AsSpan(slash + 1).Contains('/')
            && text.AsSpan().Count('*') <= 1
            && !text.AsSpan().ContainsAnyExceptInRange('\x21', '\x7e')
            && !text.AsSpan().ContainsAny(Delimiters);
    }

    /// <summary>Whether a Content-Type is one of them, whatever its parameters.</summary>
    public bool Have(ReadOnlySpan<char> contentType)
    {
        var type = NameOf(contentType);
        if (type.IsEmpty || IsGrpc(type))
        {
            return false;
        }

        if (_names.Contains(type))
        {
            return true;
        }

        // Of these a compressed one takes a coder's memory for as long as somebody listens: only in so many words.
        if (type.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        foreach (var (start, end) in _patterns)
        {
            if (type.Length > start.Length + end.Length
                && type.StartsWith(start, StringComparison.OrdinalIgnoreCase)
                && type.EndsWith(end, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    // Its messages are compressed one by one, as the two ends have agreed.
    private static bool IsGrpc(ReadOnlySpan<char> type)
    {
        const string Grpc = "application/grpc";
        return type.StartsWith(Grpc, StringComparison.OrdinalIgnoreCase) && (type.Length == Grpc.Length || type[Grpc.Length] == '+');
    }

    private static ReadOnlySpan<char> NameOf(ReadOnlySpan<char> contentType)
    {
        var end = contentType.IndexOf(';');
        return (end < 0 ? contentType : contentType[..end]).Trim(" \t");
    }
}
