using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AkkaPerf.Gateway;

/// <summary>A certificate that was read from its files, and the names it is for.</summary>
internal sealed class ServerCertificate
{
    private ServerCertificate(SslStreamCertificateContext context, IReadOnlyList<string> hosts)
    {
        Context = context;
        Hosts = hosts;
    }

    /// <summary>What the handshake needs of it, made once.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>Names, some with <c>*.</c> in front.</summary>
    public IReadOnlyList<string> Hosts { get; }

    /// <summary>Reads it; gives the problem instead if that cannot be done.</summary>
    public static ServerCertificate? TryRead(CertificateOptions options, out string problem)
    {
        try
        {
            var (certificate, chain) = IsPkcs12(options.File) ? ReadPkcs12(options) : ReadPem(options);
            if (!certificate.HasPrivateKey)
            {
                problem = "has no private key: key-file must name it";
                return null;
            }

            problem = "";
            var hosts = options.Hosts.Count > 0 ? options.Hosts : NamesOf(certificate);
            return new ServerCertificate(SslStreamCertificateContext.Create(certificate, chain, offline: true), [.. hosts]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or NotSupportedException)
        {
            problem = $"cannot be read: {exception.Message.TrimEnd('.')}";
            return null;
        }
    }

    private static bool IsPkcs12(string file) =>
        file.EndsWith(".pfx", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".p12", StringComparison.OrdinalIgnoreCase);

    private static (X509Certificate2 Certificate, X509Certificate2Collection Chain) ReadPkcs12(CertificateOptions options)
    {
        var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(options.File, options.Password);
        var own = all.FirstOrDefault(static certificate => certificate.HasPrivateKey) ?? all[0];
        all.Remove(own);
        return (own, all);
    }

    private static (X509Certificate2 Certificate, X509Certificate2Collection Chain) ReadPem(CertificateOptions options)
    {
        var key = options.KeyFile.Length > 0 ? options.KeyFile : options.File;
        using var read = options.Password.Length > 0
            ? X509Certificate2.CreateFromEncryptedPemFile(options.File, options.Password, key)
            : X509Certificate2.CreateFromPemFile(options.File, key);

        // The key of a PEM file is one in memory only, which some systems do not take for a handshake.
        var own = X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), password: null);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(options.File);
        foreach (var itself in chain.Where(certificate => certificate.Thumbprint == own.Thumbprint).ToArray())
        {
            chain.Remove(itself);
        }

        return (own, chain);
    }

    private static IEnumerable<string> NamesOf(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(static extension => extension.EnumerateDnsNames());
}
