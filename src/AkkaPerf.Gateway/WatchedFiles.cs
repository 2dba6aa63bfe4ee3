using System.Security.Cryptography;

namespace AkkaPerf.Gateway;

/// <summary>Notices when the content of files has changed. By looking: mounted files are exchanged in ways that no notification tells.</summary>
internal sealed class WatchedFiles
{
    private Dictionary<string, byte[]> _seen;

    public WatchedFiles(IEnumerable<string> files) => _seen = Look(files);

    /// <summary>Whether anything is different from the last look, or other files are looked at.</summary>
    public bool HaveChanged(IEnumerable<string> files)
    {
        var now = Look(files);
        var before = _seen;
        _seen = now;
        return !AreSame(before, now);
    }

    /// <summary>Whether another look found the same files with the same content.</summary>
    public bool AreSameAs(WatchedFiles other) => AreSame(_seen, other._seen);

    private static bool AreSame(Dictionary<string, byte[]> before, Dictionary<string, byte[]> now) =>
        now.Count == before.Count && now.All(file => before.TryGetValue(file.Key, out var content) && content.AsSpan().SequenceEqual(file.Value));

    private static Dictionary<string, byte[]> Look(IEnumerable<string> files) =>
        files.Distinct(StringComparer.Ordinal).ToDictionary(static file => file, static file => HashOf(file), StringComparer.Ordinal);

    // One that cannot be read is as good as empty: what is wrong with it is said when it is loaded.
    private static byte[] HashOf(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return SHA256.HashData(stream);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
