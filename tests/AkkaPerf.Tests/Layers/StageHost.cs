using System.Collections.Concurrent;
using AkkaPerf.Caching;
using AkkaPerf.Connections;
using AkkaPerf.Exchanges;
using AkkaPerf.Ingress;
using AkkaPerf.Pipeline;
using AkkaPerf.Retrying;
using AkkaPerf.Telemetry;
using AkkaPerf.Throttling;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Layers;

/// <summary>Stands for the pipeline around a stage under test: makes exchanges and notes what is given back.</summary>
internal sealed class StageHost : IExchangeHost, ICacheRoute<string, string>
{
    private readonly ExchangeRoute<string, string> _route;
    private readonly ConcurrentQueue<Exchange> _givenBack = new();

    public StageHost()
    {
        Caching = new CachingPort(Time);
        _route = new ExchangeRoute<string, string>(
            (request, connection, context) => Handler(request, connection, context),
            this,

            // None is made as new, so that a test can look at them afterwards.
            maxRetired: 0)
        {
            Repeats = new RepeatRules<string>(request => IsRepeatable(request), isTransient: null, isAskedEarly: true),
        };
    }

    public FakeTimeProvider Time { get; } = new();

    TimeProvider IExchangeHost.Time => Time;

    public string Name => "test";

    public ExchangeCounters Counters { get; } = new();

    public bool HasConnections => true;

    public RequestDurations Durations { get; } = new(PipelineMetrics.Shared.Durations, "test", TimeProvider.System);

    public HandlerTraits Traits => HandlerTraits.KeepsNoContext;

    public bool Keeps { get; set; } = true;

    public Func<string, object?, IExchangeContext<string>, ValueTask<string>> Handler { get; set; } =
        (request, _, _) => ValueTask.FromResult("answer to " + request);

    public Func<string, bool> IsRepeatable { get; set; } = static _ => false;

    public PermitLedger Permits { get; } = new(2);

    public CachingPort Caching { get; }

    /// <summary>Answers for the cache's second level.</summary>
    public Func<string, CancellationToken, ValueTask<CacheEntry?>> SecondLevel { get; set; } = (_, _) => default;

    public ConnectionsPort Connections { get; } = new();

    /// <summary>What happens as soon as something was given back.</summary>
    public Action OnGivenBack { get; set; } = static () => { };

    /// <summary>What was returned, in order.</summary>
    public IReadOnlyCollection<Exchange> GivenBack => _givenBack;

    public Exchange<string, string> NewExchange(string request = "r", string? key = null, long deadline = long.MaxValue, CancellationToken cancellationToken = default)
    {
        var exchange = _route.Rent(this);
        exchange.Begin(request, key, deadline, isForCaller: true, cancellationToken);
        return exchange;
    }

    /// <summary>Set by tests of the ingress stage, which then passes on who is abandoned.</summary>
    public IngressPort? Ingress { get; set; }

    public void LoadLost(Exchange load) => throw new InvalidOperationException("Nothing here runs without the island.");

    public bool IsOvertaken(Exchange exchange) => exchange.IsOvertaken;

    public void Abandoned(Exchange exchange)
    {
        if (Ingress is null)
        {
            exchange.Station?.Invoke(exchange);
        }
        else
        {
            Ingress.Abandoned.Post(exchange);
        }
    }

    public void Leased(Exchange exchange) => Connections.PostLeased(exchange);

    public void Unshared(Exchange load) => Caching.Unshared.Post(load);

    /// <summary>Set by tests of the retrying stage.</summary>
    public RetryingPort? Retrying { get; set; }

    public void AnsweredEarly(Exchange attempt) => Retrying!.AnsweredEarly.Post(attempt);

    public void Ended(Exchange exchange) => Connections.PostEnded(exchange);

    public void GiveBack(Exchange exchange)
    {
        _givenBack.Enqueue(exchange);
        if (exchange.HasPermit)
        {
            exchange.HasPermit = false;
            Permits.Release();
            Permits.NotifyChanged();
        }

        if (exchange.CountsInside)
        {
            exchange.CountsInside = false;
            Ingress!.Door.Leave();
        }

        OnGivenBack();
    }

    public CacheEntry<string>? Keep(string request, string response, Exchange exchange, long now) =>
        Keeps ? new CacheEntry<string>(response, EntryLife.Until(Time.GetTimestamp() + Time.TimestampFrequency), 10) : null;

    public ValueTask<CacheEntry?> LookUpAsync(string key, CacheEntry? outdated, CancellationToken cancellationToken) => SecondLevel(key, cancellationToken);

    public void StoreSecond(string key, CacheEntry<string> entry, IOvertakable unless)
    {
    }

    public CancellationTokenSource RentTokenSource() => new();

    public void ReturnTokenSource(CancellationTokenSource source) => source.Dispose();
}
