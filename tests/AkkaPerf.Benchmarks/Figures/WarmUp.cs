using System.Diagnostics;

namespace AkkaPerf.Benchmarks.Figures;

/// <summary>
/// Rounds that nobody counts, until the JIT has compiled, counted and compiled again what a contender runs: a request
/// costs up to six times as much before, and the longer its way is, the later that is over.
/// </summary>
internal static class WarmUp
{
    /// <summary>Rounds that each contender runs at least.</summary>
    public const int Rounds = 20;

    /// <summary>What each contender runs at least, all its rounds together.</summary>
    public static readonly TimeSpan Time = TimeSpan.FromSeconds(3);

    /// <summary>Runs each in turn, until all have had enough.</summary>
    /// <returns>How many rounds each has run.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<Func<Task>> contenders)
    {
        var spent = new TimeSpan[contenders.Count];
        var rounds = 0;
        for (; rounds < Rounds || spent.Any(static time => time < Time); rounds++)
        {
            for (var i = 0; i < spent.Length; i++)
            {
                var began = Stopwatch.GetTimestamp();
                await contenders[i]();
                spent[i] += Stopwatch.GetElapsedTime(began);
            }
        }

        return rounds;
    }
}
