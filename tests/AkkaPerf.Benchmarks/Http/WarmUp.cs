namespace AkkaPerf.Benchmarks.Http;

/// <summary>Drives a proxy until its code is compiled for good: before that, figures show the compiler at work.</summary>
internal static class WarmUp
{
    /// <summary>The same for all, told with the results.</summary>
    public const string Rule =
        "before its rounds everyone is driven in steps of 4 s until CPU a request of two steps in a row differs by less than 5 %, in 3 steps at least and 8 at most, "
        + "for each kind of request (hit or not, HTTP/2 or not, gzip or not); who is not compiled as it runs takes one step";

    private const int StepSeconds = 4;
    private const int Least = 3;
    private const int Most = 8;
    private const double Steady = 0.05;

    /// <summary>CPU time a request of each step, in µs; the last ones differ little unless there were as many as may be.</summary>
    public static async Task<IReadOnlyList<double>> RunAsync(ProxyProcess process, Ask ask, bool isJitted)
    {
        var steps = new List<double>();
        do
        {
            steps.Add((await Sample.TakeAsync(process, ask, StepSeconds)).Cpu);
        }
        while (isJitted && steps.Count < Most && !IsSteady(steps));
        return steps;
    }

    /// <summary>Whether the last two steps cost the same, and there were enough of them.</summary>
    public static bool IsSteady(IReadOnlyList<double> steps) =>
        steps.Count >= Least && Math.Abs(steps[^1] - steps[^2]) < Steady * steps[^2];
}
