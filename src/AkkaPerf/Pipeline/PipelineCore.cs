using AkkaPerf.Backends;
using AkkaPerf.Caching;
using AkkaPerf.Connections;
using AkkaPerf.Exchanges;
using AkkaPerf.Ingress;
using AkkaPerf.Retrying;
using AkkaPerf.Statistics;
using AkkaPerf.Telemetry;
using AkkaPerf.Throttling;

namespace AkkaPerf.Pipeline;

/// <summary>What a pipeline owns across materialisations: permits, room, cache, figures and the queues that lead onto its island.</summary>
internal sealed class PipelineCore : IExchangeHost
{
    // Fifty thousand exchanges a second: the island's share of a core from which batches on the thread pool cost less than turns on the
    // callers' threads, which then get into one another's way. Measured: 64 callers of a handler that only yields, and a proxy.
    private const int DenseArrivals = 50;

    private readonly Spares<CancellationTokenSource> _tokenSources;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PipelineMetrics _metrics;
    private int _restarts;
    private volatile bool _isStopped;

    public PipelineCore(string name, PipelineOptions options, TimeProvider time, PipelineParts parts)
    {
        Name = name;
        Options = options;
        Time = time;
        Traits = parts.Traits;
        Directory = parts.Directory;
        Balancing = parts.Balancing;
        Limits = parts.Limits;
        Streams = parts.Streams;
        Durations = new RequestDurations(parts.Metrics.Durations, name, time);
        _metrics = parts.Metrics;
        Caching = new CachingPort(time);
        _tokenSources = new Spares<CancellationTokenSource>(options.Throttle.Concurrency);
        Door = new Door(options.Ingress, time);
        Ingress = new IngressPort(Door, Counters, time) { TurnedBack = () => OrphanReturned?.Invoke() };
        Connections = new ConnectionsPort { WhyItEnds = () => Door.Closed ?? RefusalReason.PipelineRestarting };
        Permits = new PermitLedger(options.Throttle.Concurrency);
        Starts = new TokenBucket(options.Throttle.Rate, options.Throttle.Burst, time.TimestampFrequency, time.GetTimestamp());
        Refusals = new RefusalLog(this);
        Throttling = new ThrottlingMonitor { Shed = Shed, HoldBack = isFull => Overload?.HoldBack(isFull) };
        Retrying = parts.CanRepeat ? CreateRetrying(parts.Random) : null;
        if (parts.HasKey && options.Cache.Enabled)
        {
            var maxJoiners = options.Cache.MaxJoiners > 0 ? options.Cache.MaxJoiners : Math.Max(1, options.Ingress.Capacity / 4);
            Cache = new CacheLevels<string>(options.Cache, static key => key, parts.Cache, StringComparer.Ordinal);
            Loads = new LoadTable(maxJoiners);
            Keeper = new LoadKeeper(Cache, Loads, Caching.Unshareable);
        }

        Fast = FastPath.Of(this);
        Ingress.Stopping = () => Fast?.Refuse(RefusalReason.PipelineStopping);
    }

    public string Name { get; }

    public PipelineOptions Options { get; }

    public TimeProvider Time { get; }

    public HandlerTraits Traits { get; }

    /// <summary>Whether the application goes on without it: what handlers left open goes on when this one has stopped.</summary>
    public bool IsRetired { get; set; }

    /// <summary>Whether another pipeline has taken over its name, and with it whoever finds the door shut.</summary>
    public bool HasSuccessor { get; set; }

    public ExchangeCounters Counters { get; } = new();

    public RefusalLog Refusals { get; }

    public bool HasConnections => Limits is not null;

    public RequestDurations Durations { get; }

    public ArrivalMeter Arrivals { get; } = new(DenseArrivals);

    public Door Door { get; }

    public IngressPort Ingress { get; }

    public PermitLedger Permits { get; }

    /// <summary>How many may start, if there is a rate.</summary>
    public TokenBucket Starts { get; }

    public ThrottlingMonitor Throttling { get; }

    /// <summary>Null in a pipeline without keys or with the cache off.</summary>
    public CacheLevels<string>? Cache { get; }

    public LoadTable? Loads { get; }

    /// <summary>Keeps what loads bring.</summary>
    public LoadKeeper? Keeper { get; }

    /// <summary>Null in a pipeline without backends, or that tries nothing twice: then nothing is to be paid for it.</summary>
    public RetryingPort? Retrying { get; }

    /// <summary>Null in a pipeline without backends.</summary>
    public BackendDirectory? Directory { get; }

    /// <summary>Null in a pipeline without backends.</summary>
    public BalancingParts? Balancing { get; }

    /// <summary>Null in a pipeline without connections.</summary>
    public ConnectionLimits? Limits { get; }

    /// <summary>Null in a pipeline without connections; set before the graph is made.</summary>
    public IConnectionPools? Pools { get; set; }

    /// <summary>What the handler leaves open; null for nothing.</summary>
    public IOpenStreams? Streams { get; }

    public CachingPort Caching { get; }

    public ConnectionsPort Connections { get; }

    /// <summary>Null in a pipeline all of whose exchanges go through the island.</summary>
    public FastPath? Fast { get; }

    /// <summary>Whether anything inside still holds a place or a permit, also what a failed stream left behind.</summary>
    public bool IsHolding => Door.Inside > 0 || Permits.InUse > 0;

    /// <summary>Told when requests are refused or wait for want of room; null until the supervisor has started.</summary>
    public OverloadWatch? Overload { get; set; }

    /// <summary>Told whenever something that a stream left behind has been given back.</summary>
    public Action? OrphanReturned { get; set; }

    /// <summary>How often the stream failed.</summary>
    public int Restarts => Volatile.Read(ref _restarts);

    /// <summary>Completed when the pipeline is over.</summary>
    public Task WhenStopped => _stopped.Task;

    public PipelineState State => _isStopped ? PipelineState.Stopped : Door.Closed switch
    {
        null => PipelineState.Running,
        RefusalReason.PipelineStopping => PipelineState.Draining,
        _ => PipelineState.Restarting,
    };

    /// <summary>Whether it runs, every backend has had its first verdict, and one is eligible.</summary>
    public bool IsReady => Readiness == PipelineReadiness.Ready;

    /// <summary>The same, and if not, why.</summary>
    public PipelineReadiness Readiness => State switch
    {
        PipelineState.Running => Directory?.Current switch
        {
            null => PipelineReadiness.Ready,
            { HasBeenReady: false } => PipelineReadiness.Probing,
            { Eligible.Length: 0 } => PipelineReadiness.NoHealthyBackend,
            _ => PipelineReadiness.Ready,
        },
        PipelineState.Restarting => PipelineReadiness.Restarting,
        PipelineState.Draining => PipelineReadiness.Draining,
        _ => PipelineReadiness.Stopped,
    };

    public WaitingSnapshot DescribeWaiting() => new(Ingress.Outside, Throttling.Waiting, Loads?.Joiners ?? 0, Connections.Acquiring);

    /// <summary>Hands an exchange to the island.</summary>
    public void Submit(Exchange exchange)
    {
        Arrivals.Count();
        Ingress.Submit(exchange);
    }

    public void Abandoned(Exchange exchange) => Ingress.Abandoned.Post(exchange);

    public bool IsOvertaken(Exchange exchange) => !Keeper!.MayKeep(exchange);

    public void LoadLost(Exchange load) => Loads?.Remove(load);

    public void Leased(Exchange exchange) => Connections.PostLeased(exchange);

    public void Unshared(Exchange load) => Caching.Unshared.Post(load);

    public void AnsweredEarly(Exchange attempt) => Retrying!.AnsweredEarly.Post(attempt);

    public void Ended(Exchange exchange)
    {
        if (exchange.Fast.IsFast)
        {
            Fast!.Ended(exchange);
        }
        else
        {
            Connections.PostEnded(exchange);
        }
    }

    /// <summary>Gives back the place of an exchange that ran without the island's knowledge.</summary>
    public void LeaveFast()
    {
        // Left first, looked then: whoever waits for the last one to leave looks after having said so.
        Door.Leave();
        var isOrphan = Ingress.Epoch < 0;
        if (isOrphan || Ingress.IsDraining || Ingress.Outside > 0)
        {
            Ingress.Submitted.Wake();
        }

        if (isOrphan)
        {
            OrphanReturned?.Invoke();
        }
    }

    public void GiveBack(Exchange exchange)
    {
        // Without an island nobody looks by himself, even if the exchange was made after the last one had ended.
        var epoch = Ingress.Epoch;
        var isOrphan = epoch < 0 || exchange.Epoch != epoch;
        if (exchange.HasPermit)
        {
            exchange.HasPermit = false;
            Permits.Release();
            if (isOrphan)
            {
                Permits.NotifyChanged();
            }
        }

        if (exchange.CountsInside)
        {
            exchange.CountsInside = false;
            Door.Leave();
            if (isOrphan || Ingress.IsDraining || Ingress.Outside > 0)
            {
                Ingress.Submitted.Wake();
            }
        }

        if (isOrphan)
        {
            Directory?.NotifyRoomFreed();
            OrphanReturned?.Invoke();
        }
    }

    public CancellationTokenSource RentTokenSource() => _tokenSources.Take() ?? new CancellationTokenSource();

    public void ReturnTokenSource(CancellationTokenSource source)
    {
        if (!source.TryReset() || !_tokenSources.TryKeep(source))
        {
            source.Dispose();
        }
    }

    /// <summary>Reports its figures from now on, unless it has stopped.</summary>
    public void Report() => _metrics.Report(this);

    public void CountRestart() => Interlocked.Increment(ref _restarts);

    /// <summary>Everything is over, also for what was posted to an island that never came to be. More than once does no harm.</summary>
    public void Stop()
    {
        Door.Close(RefusalReason.PipelineStopping);
        Ingress.Ended = null;
        Ingress.End(failure: null);
        OrphanReturned = null;
        Fast?.Stop();
        Caching.Close();
        Connections.Close();
        Directory?.Dispose();
        _isStopped = true;
        try
        {
            _metrics.Forget(this);
        }
        finally
        {
            // Whatever figures may fail: those who wait for the end must see it.
            _stopped.TrySetResult();
        }
    }

    private void Shed(RefusalReason? reason, TimeSpan retryAfter)
    {
        Door.Shed(reason, retryAfter);
        Overload?.Shed(reason);
    }

    private RetryingPort? CreateRetrying(Random random) =>
        Directory is null || (Options.Retry.Attempts == 0 && !Options.Hedge.Enabled) ? null : new RetryingPort(Options.Retry, Options.Hedge, Time, random)
        {
            Directory = Directory,
            TryTakePermit = Permits.TryTakeSpare,
            PermitReturned = Permits.NotifyChanged,
            IsRateLimited = Options.Throttle.Rate > 0,
        };
}
