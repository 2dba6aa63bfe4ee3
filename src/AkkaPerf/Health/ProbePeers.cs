using System.Net.Security;
using Akka.Actor;
using AkkaPerf.Backends;

namespace AkkaPerf.Health;

/// <summary>The way of one pipeline's probers to those of others that ask the same backend in the same way, as often.</summary>
/// <remarks>For probes that options describe: what a probe of the user's does is known to nobody.</remarks>
internal sealed class ProbePeers
{
    private readonly SharedProbes _shared;
    private readonly SslClientAuthenticationOptions? _tls;
    private readonly ProbeManner _manner;

    public ProbePeers(SharedProbes shared, HealthOptions options, SslClientAuthenticationOptions? tls)
    {
        _shared = shared;
        _tls = tls;
        _manner = ProbeManner.Of(options);
    }

    public void Join(Backend backend, IActorRef prober) => _shared.Join(QuestionOf(backend), prober);

    public void Leave(Backend backend, IActorRef prober) => _shared.Leave(QuestionOf(backend), prober);

    /// <summary>Tells the others what a backend has answered.</summary>
    public void Tell(Backend backend, IActorRef prober, Prober.Protocol.Heard answer) => _shared.Tell(QuestionOf(backend), prober, answer);

    // How TLS is done matters to nobody who does without.
    private ProbeQuestion QuestionOf(Backend backend) =>
        new(backend.Address.AbsoluteUri, backend.Host, _manner, backend.Address.Scheme == Uri.UriSchemeHttp ? null : _tls);
}
