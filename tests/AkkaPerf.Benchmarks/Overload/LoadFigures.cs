namespace AkkaPerf.Benchmarks.Overload;

/// <summary>What became of the requests of one run.</summary>
/// <param name="Arrived">All of them.</param>
/// <param name="InTime">Answered within the deadline.</param>
/// <param name="Late">Answered later, or left without an answer when the deadline had passed.</param>
/// <param name="Refused">Refused before the server was asked.</param>
/// <param name="Latencies">Of the answered, in ms, sorted.</param>
/// <param name="Seconds">How long they came.</param>
/// <param name="Cpu">What the process used meanwhile, without the threads that play the server and the clients.</param>
internal sealed record LoadFigures(int Arrived, int InTime, int Late, int Refused, double[] Latencies, double Seconds, TimeSpan Cpu)
{
    /// <summary>Answers in time a second.</summary>
    public double Goodput => InTime / Seconds;

    public static LoadFigures Of(IEnumerable<(Ending Ending, TimeSpan Latency)> endings, TimeSpan deadline, TimeSpan counted, TimeSpan cpu)
    {
        var all = endings.ToArray();
        var answered = all.Where(static one => one.Ending == Ending.Answered).Select(static one => one.Latency).Order().ToArray();
        var inTime = answered.Count(latency => latency <= deadline);
        var refused = all.Count(static one => one.Ending == Ending.Refused);
        return new LoadFigures(
            all.Length, inTime, all.Length - inTime - refused, refused, [.. answered.Select(static latency => latency.TotalMilliseconds)], counted.TotalSeconds, cpu);
    }

    /// <summary>Of the answered, in ms; not a number if none was.</summary>
    public double Quantile(double share) => Latencies.Length == 0 ? double.NaN : Latencies[Math.Min((int)(share * Latencies.Length), Latencies.Length - 1)];
}
