using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace AkkaPerf.Http.Assets;

/// <summary>A directory whose files are served, and how.</summary>
/// <remarks>
/// Nothing outside of it is served, neither by dots, encoded or not, nor by links; nor are names that begin with a dot, but for
/// <c>.well-known</c> (RFC 8615). A file with a neighbour <c>.br</c>, <c>.zst</c> or <c>.gz</c> that is at least as new is sent as that
/// neighbour to those who accept it. Entity tags are strong, made of length and time of the last change.
/// </remarks>
public sealed class AssetOptions : IValidatableObject
{
    // What build tools put before the extension: app.3f2a9c1b.js. One digit at least, or it might be a word.
    private const string HexBeforeExtension = @"[.-](?=[0-9a-f]*[0-9])[0-9a-f]{8,64}\.[^/]+$";

    /// <summary>The directory; must exist. Empty, the default: no files are served.</summary>
    public string Directory { get; set; } = "";

    /// <summary>The file that stands for a directory; default index.html, empty = none.</summary>
    [RegularExpression(@"^[^/\\.\x00-\x1f][^/\\\x00-\x1f]*$", ErrorMessage = "must be the name of a file, such as index.html")]
    public string DefaultDocument { get; set; } = "index.html";

    /// <summary>Paths that match this regular expression never change their content: cached for a year without asking. Default: eight or more hexadecimal digits, one of them 0 to 9, before the extension; empty = none.</summary>
    public string Fingerprint { get; set; } = HexBeforeExtension;

    /// <summary>For how long other files are cached without asking; 0 s to 365 d, default 0 s = <c>no-cache</c>: always with asking.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan MaxAge { get; set; }

    /// <summary>How long a file is not looked at again after it was; 0 s to 1 h, default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Files up to this size are kept in memory; 0 B to 64 MiB, default 256 KiB, 0 B = none.</summary>
    [DataType("size")]
    [Range(0L, 64L * 1024 * 1024)]
    public long MaxFileInMemory { get; set; } = 256 * 1024;

    /// <summary>What all files in memory may take, what is known of the others included; 1 MiB to 1 TiB, default 64 MiB.</summary>
    [DataType("size")]
    [Range(1024L * 1024, 1024L * 1024 * 1024 * 1024)]
    public long MaxMemory { get; set; } = 64 * 1024 * 1024;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Directory.Length > 0 && !System.IO.Directory.Exists(Directory))
        {
            yield return new ValidationResult("must be a directory that exists", [nameof(Directory)]);
        }

        if (FingerprintProblem is { } problem)
        {
            yield return new ValidationResult($"must be a regular expression: {problem}", [nameof(Fingerprint)]);
        }
    }

    private string? FingerprintProblem
    {
        get
        {
            try
            {
                _ = Regex.Match("", Fingerprint, RegexOptions.CultureInvariant, FingerprintNames.Patience);
                return null;
            }
            catch (ArgumentException exception)
            {
                return exception.Message;
            }
        }
    }
}
