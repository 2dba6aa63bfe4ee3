using System.Collections.Frozen;
using System.Net.Security;
using System.Security.Authentication;

namespace AkkaPerf.Gateway;

/// <summary>The certificates in use, by the names that clients ask for. Any thread; can be exchanged while handshakes run.</summary>
internal sealed class CertificateStore
{
    private volatile Snapshot _current;

    private CertificateStore(Snapshot first) => _current = first;

    /// <summary>Reads all certificates; where one has a problem, that is noted, by its number.</summary>
    public static CertificateStore Read(TlsOptions options, ICollection<(int Index, string Problem)> problems) => new(Snapshot.Read(options, problems));

    /// <summary>Puts others in the place of these.</summary>
    public void Replace(CertificateStore newer) => _current = newer._current;

    /// <summary>What a handshake is to be done with.</summary>
    public SslServerAuthenticationOptions For(string? name) => _current.For(name);

    private sealed class Snapshot
    {
        private readonly FrozenDictionary<string, SslServerAuthenticationOptions> _byName;
        private readonly SslServerAuthenticationOptions? _default;

        private Snapshot(Dictionary<string, SslServerAuthenticationOptions> byName, SslServerAuthenticationOptions? first)
        {
            _byName = byName.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
            _default = first;
        }

        public static Snapshot Read(TlsOptions options, ICollection<(int Index, string Problem)> problems)
        {
            var byName = new Dictionary<string, SslServerAuthenticationOptions>(StringComparer.OrdinalIgnoreCase);
            SslServerAuthenticationOptions? first = null;
            for (var i = 0; i < options.Certificates.Count; i++)
            {
                if (ServerCertificate.TryRead(options.Certificates[i], out var problem) is not { } certificate)
                {
                    problems.Add((i, problem));
                    continue;
                }

                var handshake = new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = certificate.Context,
                    EnabledSslProtocols = options.MinVersion == TlsVersion.Tls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13,
                    ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                };
                first ??= handshake;
                foreach (var host in certificate.Hosts)
                {
                    byName.TryAdd(host, handshake);
                }
            }

            return new Snapshot(byName, first);
        }

        public SslServerAuthenticationOptions For(string? name)
        {
            if (!string.IsNullOrEmpty(name))
            {
                if (_byName.TryGetValue(name, out var exact))
                {
                    return exact;
                }

                var dot = name.IndexOf('.', StringComparison.Ordinal);
                if (dot > 0 && _byName.TryGetValue(string.Concat("*", name.AsSpan(dot)), out var wildcard))
                {
                    return wildcard;
                }
            }

            return _default ?? throw new AuthenticationException("There is no certificate.");
        }
    }
}
