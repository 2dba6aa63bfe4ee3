using AkkaPerf.Http.Compression;
using Microsoft.Win32.SafeHandles;

namespace AkkaPerf.Http.Assets;

/// <summary>One file as it was when it was looked at: an asset itself, or a neighbour that holds it coded.</summary>
/// <param name="Path">Where it is, without links.</param>
/// <param name="Coding">How it is coded.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Modified">When it was changed last, in UTC.</param>
internal sealed record AssetBody(string Path, ContentCoding Coding, long Length, DateTime Modified)
{
    /// <summary>Strong: changes with length and time of the last change, which file systems tell to less than a microsecond.</summary>
    public string ETag { get; } = CodedTags.Suffixed($"\"{Length:x}-{Modified.Ticks:x}\"", Coding);

    /// <summary>All of it, if it is kept in memory.</summary>
    public byte[]? Bytes { get; init; }

    /// <summary>Looks at a file; null if there is none.</summary>
    public static AssetBody? Look(string path, ContentCoding coding)
    {
        var file = new FileInfo(path);
        return file.Exists ? new AssetBody(path, coding, file.Length, file.LastWriteTimeUtc) : null;
    }

    /// <summary>Whether an open file is the one that was looked at, unchanged.</summary>
    public bool Is(SafeFileHandle handle) =>
        RandomAccess.GetLength(handle) == Length && File.GetLastWriteTimeUtc(handle) == Modified;

    /// <summary>Whether it is still the same file.</summary>
    public bool IsSame(AssetBody other) => Path == other.Path && Coding == other.Coding && Length == other.Length && Modified == other.Modified;
}
