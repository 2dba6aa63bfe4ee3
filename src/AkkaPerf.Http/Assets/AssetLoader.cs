using AkkaPerf.Http.Compression;
using Microsoft.AspNetCore.StaticFiles;

namespace AkkaPerf.Http.Assets;

/// <summary>Finds files and their neighbours, and reads small ones.</summary>
internal sealed class AssetLoader
{
    private const string Unknown = "application/octet-stream";

    private static readonly ContentCoding[] Codings = [ContentCoding.Br, ContentCoding.Zstd, ContentCoding.Gzip];

    private readonly FileExtensionContentTypeProvider _types = new();
    private readonly AssetRoot _root;
    private readonly FingerprintNames _fingerprints;
    private readonly string _cacheControl;
    private readonly long _maxInMemory;

    public AssetLoader(AssetOptions options)
    {
        _root = new AssetRoot(options.Directory);
        _fingerprints = new FingerprintNames(options.Fingerprint);
        _cacheControl = options.MaxAge == TimeSpan.Zero ? "no-cache" : FormattableString.Invariant($"public, max-age={(long)options.MaxAge.TotalSeconds}");
        _maxInMemory = options.MaxFileInMemory;
    }

    /// <summary>The file of a served path; null if there is none. What has not changed since before is not read again.</summary>
    /// <param name="path">The path, which names no directory.</param>
    /// <param name="before">What was found before, if anything.</param>
    /// <param name="make">Makes what is made of a body in memory, where it has no neighbours.</param>
    public async ValueTask<Asset?> LoadAsync(string path, Asset? before, Func<string, ReadOnlyMemory<byte>, EncodedBodies?> make)
    {
        if (Look(path, ContentCoding.Identity) is not { } looked)
        {
            return null;
        }

        var identity = await FillAsync(looked, before).ConfigureAwait(false);
        var coded = new List<AssetBody>();
        foreach (var coding in Codings)
        {
            // An older one was made of an older file.
            if (Look(path + CodingNames.ExtensionOf(coding), coding) is { } neighbour && neighbour.Modified >= identity.Modified)
            {
                coded.Add(await FillAsync(neighbour, before).ConfigureAwait(false));
            }
        }

        var type = TypeOf(path);
        var made = identity.Bytes is { } bytes && coded.Count == 0
            ? ReferenceEquals(before?.Identity.Bytes, bytes) && before.Made is { } known ? known : make(type, bytes)
            : null;
        return new Asset(identity, coded, type, _fingerprints.Have(path) ? "public, max-age=31536000, immutable" : _cacheControl) { Made = made };
    }

    /// <summary>Whether a served path names a directory, without the slash at its end.</summary>
    public bool IsDirectory(string path) => Try(path, static real => Directory.Exists(real) ? real : null) is not null;

    private AssetBody? Look(string path, ContentCoding coding) => Try(path, real => AssetBody.Look(real, coding));

    private TResult? Try<TResult>(string path, Func<string, TResult?> look)
        where TResult : class
    {
        try
        {
            return _root.Find(path) is { } real ? look(real) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // A name that the file system does not take, or a place that is not ours to look at: nothing is there.
            return null;
        }
    }

    private async ValueTask<AssetBody> FillAsync(AssetBody looked, Asset? before)
    {
        if (before?.Find(looked) is { Bytes: not null } same)
        {
            return same;
        }

        if (looked.Length > _maxInMemory)
        {
            return looked;
        }

        try
        {
            using var handle = File.OpenHandle(looked.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
            var bytes = new byte[looked.Length];
            var count = 0;
            int read;
            while (count < bytes.Length && (read = await RandomAccess.ReadAsync(handle, bytes.AsMemory(count), count, CancellationToken.None).ConfigureAwait(false)) > 0)
            {
                count += read;
            }

            // One that changed meanwhile is half the one and half the other: it is read from the file, when it is asked for.
            return count == bytes.Length && looked.Is(handle) ? looked with { Bytes = bytes } : looked;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return looked;
        }
    }

    private string TypeOf(string path)
    {
        if (!_types.TryGetContentType(path, out var type))
        {
            return Unknown;
        }

        return type.StartsWith("text/", StringComparison.OrdinalIgnoreCase) ? type + "; charset=utf-8" : type;
    }
}
