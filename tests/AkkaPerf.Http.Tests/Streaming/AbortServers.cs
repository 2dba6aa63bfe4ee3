using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Tests.Gateway;
using AkkaPerf.Http.Tests.Loopback;
using Grpc.Core;
using Grpc.Net.Client;

namespace AkkaPerf.Http.Tests.Streaming;

/// <summary>Backends of each kind that <see cref="AbortPlan"/>s are run against, a proxy to each, and clients of these.</summary>
internal sealed class AbortServers : IAsyncDisposable
{
    private readonly Certificates _certificates = new();
    private readonly X509Certificate2 _certificate;
    private readonly ClientSide _side;
    private readonly List<IAsyncDisposable> _started = [];
    private readonly List<Proxy> _proxies = [];
    private readonly List<HttpClient> _clients = [];
    private GrpcChannel _channel = null!;
    private int _running;

    private AbortServers(ClientSide side)
    {
        _side = side;
        _certificate = X509Certificate2.CreateFromPemFile(_certificates.Write("both", "127.0.0.1"));
    }

    /// <summary>Calls gRPC through a proxy.</summary>
    public CallInvoker Calls { get; private set; } = null!;

    /// <summary>What clients need; null in cleartext.</summary>
    public SslClientAuthenticationOptions? Tls => _side == ClientSide.Cleartext ? null : _certificates.Trusting();

    public static async Task<AbortServers> StartAsync(ClientSide side, bool isBackendTls)
    {
        var servers = new AbortServers(side);
        var certificate = isBackendTls ? servers._certificate : null;
        foreach (var isHttp2 in new[] { false, true })
        {
            var origin = await Origin.StartAsync(context => servers.CountAsync(() => AbortOrigins.ServeAsync(context)), isHttp2, certificate);
            servers._started.Add(origin);
            await servers.AddProxyAsync(origin.Address, isHttp2);
        }

        var grpc = await GrpcOrigin.StartAsync(
            new GrpcService { Talk = (requests, answers, call) => servers.CountAsync(() => AbortOrigins.TalkAsync(requests, answers, call)) }, certificate);
        servers._started.Add(grpc);
        var proxy = await servers.AddProxyAsync(grpc.Address, isHttp2: true);
        servers._channel = GrpcChannel.ForAddress(proxy.Http2Address, new GrpcChannelOptions { HttpHandler = servers.NewHandler(), DisposeHttpClient = true });
        servers.Calls = servers._channel.CreateCallInvoker();
        return servers;
    }

    /// <summary>The proxy to the backend that a plan wants.</summary>
    public Proxy ProxyOf(AbortPlan plan) => _proxies[plan.IsHttp2Backend ? 1 : 0];

    /// <summary>The client of it that a plan wants.</summary>
    public HttpClient ClientOf(AbortPlan plan) => _clients[(plan.IsHttp2Backend ? 2 : 0) + (plan.IsHttp2 ? 1 : 0)];

    /// <summary>Waits until nothing is held, no stream is open, and no backend answers any more.</summary>
    public async Task IdleAsync()
    {
        foreach (var proxy in _proxies)
        {
            await Sockets.NothingOpenAsync(proxy);
        }

        await Until.TrueAsync(() => Volatile.Read(ref _running) == 0, "no backend is busy");
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        _clients.ForEach(static client => client.Dispose());
        foreach (var one in Enumerable.Reverse(_started))
        {
            await one.DisposeAsync();
        }

        _certificate.Dispose();
        _certificates.Dispose();
    }

    private async Task<Proxy> AddProxyAsync(Uri backend, bool isHttp2)
    {
        var proxy = await (_side == ClientSide.Cleartext
            ? Proxy.ToAsync("", Configure, backend)
            : Proxy.WithTlsAsync(_certificate, isDirect: _side == ClientSide.TlsDirect, Configure, backend));
        _started.Add(proxy);
        _proxies.Add(proxy);
        _clients.Add(new HttpClient(NewHandler()) { BaseAddress = proxy.Address });
        _clients.Add(new HttpClient(NewHandler())
        {
            BaseAddress = proxy.Http2Address,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        });
        return proxy;

        void Configure(HttpPipelineOptions options)
        {
            options.BackendHttp = isHttp2 ? BackendHttp.Http2 : BackendHttp.Auto;
            options.BackendTls.RootsFile = _certificates.RootsFile;
        }
    }

    private SocketsHttpHandler NewHandler() => new() { SslOptions = Tls };

    private async Task CountAsync(Func<Task> answer)
    {
        Interlocked.Increment(ref _running);
        try
        {
            await answer();
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }
}
