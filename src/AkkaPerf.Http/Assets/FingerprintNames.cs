using System.Text.RegularExpressions;

namespace AkkaPerf.Http.Assets;

/// <summary>Tells files whose name changes with their content.</summary>
internal sealed class FingerprintNames
{
    /// <summary>A name takes microseconds; a pattern that takes longer tries too much.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly Regex? _pattern;

    /// <summary>Takes a regular expression; empty for none.</summary>
    public FingerprintNames(string pattern) =>
        _pattern = pattern.Length > 0 ? new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.Compiled, Patience) : null;

    /// <summary>Whether a file never changes under this path.</summary>
    public bool Have(string path)
    {
        try
        {
            return _pattern?.IsMatch(path) ?? false;
        }
        catch (RegexMatchTimeoutException)
        {
            // To ask once too often does no harm.
            return false;
        }
    }
}
