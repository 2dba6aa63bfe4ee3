using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace AkkaPerf.Caching.Distributed;

/// <summary>Tells types apart in stored entries, so that two of them never share one; nothing is ever looked up by it.</summary>
internal static partial class TypeMark<TValue>
{
    /// <summary>The first 8 bytes of the SHA-256 of the type's name, its assembly's and those of its arguments; no versions.</summary>
    public static ulong Value { get; } = BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(Name())));

    private static string Name() => Versions().Replace(typeof(TValue).AssemblyQualifiedName ?? typeof(TValue).ToString(), "");

    [GeneratedRegex(@", (Version|Culture|PublicKeyToken)=[^,\]]*", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Versions();
}
