using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AkkaPerf.Http.Hosting;

/// <summary>How backends with an https address are asked.</summary>
public sealed class BackendTlsOptions
{
    /// <summary>Off: their certificates are not checked, which lets anybody between read and change everything; default on.</summary>
    public bool Verify { get; set; } = true;

    /// <summary>A PEM file with the roots that they must lead to; empty, the default: the system's.</summary>
    public string RootsFile { get; set; } = "";

    /// <summary>A PEM file with the certificate that is shown to them; empty, the default: none.</summary>
    public string CertificateFile { get; set; } = "";

    /// <summary>A PEM file with its key; empty if <see cref="CertificateFile"/> has it.</summary>
    public string KeyFile { get; set; } = "";

    /// <summary>What is wrong with the files: the key, the file, and what; null if they can be read.</summary>
    public (string Key, string File, string Text)? Problem =>
        ProblemOf("roots-file", RootsFile, file => ReadRoots(file).Count > 0 ? null : "has no certificate")
        ?? ProblemOf("certificate-file", CertificateFile, _ =>
        {
            ReadCertificate()?.Dispose();
            return null;
        });

    internal SslClientAuthenticationOptions ToClientOptions()
    {
        var options = new SslClientAuthenticationOptions();
        if (!Verify)
        {
#pragma warning disable MA0039, CA5359 // Asked for by name; the docstring says what it costs.
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore MA0039, CA5359
        }
        else if (RootsFile.Length > 0)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(ReadRoots(RootsFile));
            options.CertificateChainPolicy = policy;
        }

        if (ReadCertificate() is { } certificate)
        {
            options.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        }

        return options;
    }

    private static X509Certificate2Collection ReadRoots(string file)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(file);
        return roots;
    }

    private static (string Key, string File, string Text)? ProblemOf(string key, string file, Func<string, string?> problemOf)
    {
        if (file.Length == 0)
        {
            return null;
        }

        try
        {
            return problemOf(file) is { } problem ? (key, file, problem) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return (key, file, $"cannot be read: {exception.Message.TrimEnd('.')}");
        }
    }

    private X509Certificate2? ReadCertificate()
    {
        if (CertificateFile.Length == 0)
        {
            return null;
        }

        using var read = X509Certificate2.CreateFromPemFile(CertificateFile, KeyFile.Length > 0 ? KeyFile : CertificateFile);
        return X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), password: null);
    }
}
