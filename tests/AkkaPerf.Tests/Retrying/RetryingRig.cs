using AkkaPerf.Backends;
using AkkaPerf.Exchanges;
using AkkaPerf.Retrying;
using AkkaPerf.Tests.Layers;

namespace AkkaPerf.Tests.Retrying;

/// <summary>What stands around a retrying stage under test, and does as Balancing and Connections would.</summary>
internal sealed class RetryingRig
{
    private readonly StageHost _host;
    private RetryingPort? _port;

    public RetryingRig(StageHost host)
    {
        _host = host;
        Directory = new BackendDirectory(host.Time, unknownIsEligible: true);
        Directory.Add(Options("a"));
        Directory.Add(Options("b"));
        Directory.Add(Options("c"));
    }

    public RetryOptions Retry { get; } = new();

    public HedgeOptions Hedge { get; } = new() { MinSamples = 10 };

    public BackendDirectory Directory { get; }

    public bool IsRateLimited { get; set; }

    /// <summary>What others do in the moment when a permit is asked for.</summary>
    public Action? Meanwhile { get; set; }

    /// <summary>Permits that came back behind the throttling stage's back.</summary>
    public int PermitsReturned { get; private set; }

    public RetryingPort Port => _port ??= Create();

    public RetryingLayer CreateLayer() => new(Port);

    /// <summary>Gives it a permit, as Throttling does; one more, if there is none, so that there is none to spare.</summary>
    public Exchange<string, string> Permit(Exchange<string, string> exchange)
    {
        exchange.HasPermit = true;
        if (!_host.Permits.TryTake())
        {
            _host.Permits.Resize((int)_host.Permits.InUse + 1);
            Assert.True(_host.Permits.TryTake());
        }

        return exchange;
    }

    public Backend Find(string id) => Directory.Find(id)!;

    public void Assign(Exchange exchange, string backend)
    {
        Assert.True(Find(backend).TryAssign(limit: 0, _host.Time.GetTimestamp()));
        exchange.Assign(Find(backend), _host.Time.GetTimestamp());
    }

    /// <summary>Lets its handler run to its end on a backend.</summary>
    public void Run(Exchange exchange, string backend, Func<IExchangeContext<string>, string> handler)
    {
        Assign(exchange, backend);
        End(exchange, handler);
    }

    public void End(Exchange exchange, Func<IExchangeContext<string>, string> handler)
    {
        _host.Handler = (_, _, context) => ValueTask.FromResult(handler(context));
        exchange.Execute();
        exchange.ReleaseBackend(exchange.HasHandlerFailed ? BackendOutcome.Failure : BackendOutcome.Success, _host.Time.GetTimestamp());
    }

    private static BackendOptions Options(string id) => new() { Id = id, Address = new Uri($"http://{id}.test") };

    private RetryingPort Create()
    {
        var port = new RetryingPort(Retry, Hedge, _host.Time, new Random(1))
        {
            Directory = Directory,
            TryTakePermit = TryTakePermit,
            PermitReturned = () => PermitsReturned++,
            IsRateLimited = IsRateLimited,
        };
        _host.Retrying = port;
        return port;
    }

    private bool TryTakePermit()
    {
        Meanwhile?.Invoke();
        return _host.Permits.TryTake();
    }
}
