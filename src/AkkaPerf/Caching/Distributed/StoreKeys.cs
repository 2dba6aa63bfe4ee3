using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AkkaPerf.Caching.Distributed;

/// <summary>Gives callers' keys, whatever they are, the form in which a store gets them.</summary>
/// <remarks>
/// Entries and marks have name spaces of their own. A key that is long, or that a store might mangle, is replaced by its SHA-256; the
/// envelope repeats the key in full, so even a collision would be a miss.
/// </remarks>
internal sealed class StoreKeys
{
    // Stores allow more, but every one of them is faster with short keys.
    private const int MaxLength = 512;

    private readonly string _prefix;

    public StoreKeys(string prefix) => _prefix = prefix;

    /// <summary>Nobody writes it: reading it only asks whether the store answers.</summary>
    public string Probe => _prefix + "probe";

    public string Entry(string key) => IsPlain(key) ? $"{_prefix}e:{key}" : $"{_prefix}eh:{Hash(key)}";

    public string Mark(string name) => IsPlain(name) ? $"{_prefix}m:{name}" : $"{_prefix}mh:{Hash(name)}";

    // Beyond ASCII a store may normalise or replace, and control characters end strings in some.
    private static bool IsPlain(string key) => key.Length <= MaxLength && !key.AsSpan().ContainsAnyExceptInRange(' ', '~');

    private static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(key.AsSpan())));
}
