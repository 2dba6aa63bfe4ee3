using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Http.Compression;

/// <summary>What is compressed on the way to clients that accept it, and how.</summary>
/// <remarks>
/// Never compressed: what is coded already, what says <c>no-transform</c> or is signed, parts (206), gRPC, event streams whose type is not named in so
/// many words, and answers to requests for a range. A strong entity tag gets the coding's name as a suffix, <c>"abc"</c> becomes
/// <c>"abc-br"</c>, and conditions with such a tag reach the backend with its own as well.
/// </remarks>
public sealed class CompressionOptions : IValidatableObject
{
    private Compressor? _compressor;

    /// <summary>Off: every body passes as it is; on, the default: what fits is compressed. A route may say otherwise.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Codings that are offered; of those that a client likes equally the first is used. Default zstd, br, gzip: by CPU for much the same size.</summary>
    public IList<ContentCoding> Codings { get; set; } = [ContentCoding.Zstd, ContentCoding.Br, ContentCoding.Gzip];

    /// <summary>Types of content that are compressed; a <c>*</c> stands for anything. Default: text, JSON, XML, JavaScript, SVG, WebAssembly, uncompressed fonts.</summary>
    public IList<string> Types { get; set; } =
    [
        "text/*", "application/json", "application/*+json", "application/xml", "application/*+xml", "application/javascript", "application/x-ndjson",
        "application/wasm", "image/svg+xml", "image/x-icon", "font/ttf", "font/otf",
    ];

    /// <summary>Shorter bodies pass as they are; 0 B to 1 GiB, default 1 KiB. One of unknown length is compressed.</summary>
    [DataType("size")]
    [Range(0L, 1024L * 1024 * 1024)]
    public long MinSize { get; set; } = 1024;

    /// <summary>Most work on what is compressed on its way; default balanced.</summary>
    public CompressionEffort Effort { get; set; } = CompressionEffort.Balanced;

    /// <summary>On, the default: the effort falls as the process runs short of CPU, down to none; off: it stays what it is.</summary>
    public bool Adapt { get; set; } = true;

    /// <summary>What is compressed for requests with credentials, where a compressed length can tell a secret; default same-origin.</summary>
    public CredentialedCompression Credentialed { get; set; } = CredentialedCompression.SameOrigin;

    /// <summary>One for all routes that share these options.</summary>
    internal Compressor Compressor => LazyInitializer.EnsureInitialized(ref _compressor, () => Compressor.Of(this));

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Codings.Count == 0)
        {
            yield return new ValidationResult("must name at least one coding", [nameof(Codings)]);
        }

        for (var i = 0; i < Codings.Count; i++)
        {
            if (Codings[i] == ContentCoding.Identity || Codings.IndexOf(Codings[i]) < i)
            {
                yield return new ValidationResult("must be br, gzip or zstd, each once", [$"{nameof(Codings)}[{i}]"]);
            }
        }

        for (var i = 0; i < Types.Count; i++)
        {
            if (!MediaTypes.IsPattern(Types[i]))
            {
                yield return new ValidationResult("must be a type such as text/html, text/* or application/*+json", [$"{nameof(Types)}[{i}]"]);
            }
        }
    }
}
