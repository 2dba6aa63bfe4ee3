namespace AkkaPerf.Simulations.Balancing;

/// <summary>A server of the simulation: how long it takes and whether it fails is its behaviour's, which may change.</summary>
internal sealed class Server(VirtualClock clock, string id, Random random)
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(1);

    public string Id { get; } = id;

    public int InFlight { get; private set; }

    public int MaxInFlight { get; private set; }

    public int Served { get; private set; }

    public int Failed { get; private set; }

    /// <summary>How long it takes, given what it has in flight.</summary>
    public Func<Random, int, TimeSpan> Latency { get; set; } = static (random, _) => LatencyCurve.Steady.Draw(random);

    public bool Fails { get; set; }

    public void Ask(Action<bool> answer)
    {
        InFlight++;
        MaxInFlight = Math.Max(MaxInFlight, InFlight);
        var fails = Fails;
        clock.After(fails ? AtOnce : Latency(random, InFlight), () =>
        {
            InFlight--;
            Served += fails ? 0 : 1;
            Failed += fails ? 1 : 0;
            answer(!fails);
        });
    }

    public void ForgetMax() => MaxInFlight = InFlight;
}
