using System.Globalization;

namespace AkkaPerf.Health;

/// <summary>HTTP statuses that count as up.</summary>
internal sealed class StatusRanges
{
    public const string Default = "200-399";

    private readonly List<(int From, int To)> _ranges = [];

    /// <exception cref="ArgumentException">One of them is neither a status nor a range.</exception>
    public StatusRanges(IEnumerable<string> texts)
    {
        foreach (var text in texts)
        {
            _ranges.Add(TryParse(text, out var range) ? range : throw new ArgumentException($"'{text}' is neither a status nor a range of them.", nameof(texts)));
        }

        AreDefault = _ranges is [(200, 399)];
    }

    /// <summary>Whether nobody chose them.</summary>
    public bool AreDefault { get; }

    public bool Contains(int status) => _ranges.Exists(range => status >= range.From && status <= range.To);

    public static bool TryParse(string? text, out (int From, int To) range)
    {
        range = default;
        var parts = (text ?? "").Split('-');
        if (parts.Length > 2 || !TryParseOne(parts[0], out var from) || !TryParseOne(parts[^1], out var to) || to < from)
        {
            return false;
        }

        range = (from, to);
        return true;
    }

    private static bool TryParseOne(string text, out int status) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out status) && status is >= 100 and <= 599;
}
