using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Gateway;

/// <summary>A certificate for some of the names that clients ask for.</summary>
internal sealed class CertificateOptions
{
    /// <summary>A PEM file with the certificate and those between it and its root, or a PKCS #12 file (.pfx, .p12).</summary>
    [Required]
    public string File { get; set; } = "";

    /// <summary>A PEM file with its key; empty if <see cref="File"/> has it.</summary>
    public string KeyFile { get; set; } = "";

    /// <summary>The password of the key.</summary>
    [DataType(DataType.Password)]
    public string Password { get; set; } = "";

    /// <summary>The names it is for, such as shop.example or *.example; empty, the default: those that it bears itself.</summary>
    public IList<string> Hosts { get; set; } = [];
}
