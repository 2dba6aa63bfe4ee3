using System.Diagnostics;

namespace AkkaPerf.Benchmarks.Figures;

/// <summary>One way to answer a request, driven by so many callers at once.</summary>
internal sealed class Contender
{
    private readonly Func<int, ValueTask> _send;
    private readonly int _callers;
    private int _next;

    /// <param name="name">Its name.</param>
    /// <param name="callers">How many ask at once, each one request after the other.</param>
    /// <param name="send">Does the work of the request of that number.</param>
    /// <param name="from">The number before the first request's, so that what others have asked for is not asked again.</param>
    public Contender(string name, int callers, Func<int, ValueTask> send, int from = 0)
    {
        Name = name;
        _callers = callers;
        _send = send;
        _next = from;
    }

    public string Name { get; }

    public List<Measurement> Rounds { get; } = [];

    /// <summary>The number of the last request.</summary>
    public int Asked => Volatile.Read(ref _next);

    /// <summary>Runs a round; keeps its cost unless it is a warm-up.</summary>
    public async Task RunAsync(int requests, bool isWarmUp)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var bytes = GC.GetTotalAllocatedBytes(precise: true);
        var cpu = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.GetTimestamp();
        if (_callers == 1)
        {
            await CallAsync(requests);
        }
        else
        {
            await Task.WhenAll(Enumerable.Range(0, _callers).Select(_ => Task.Run(() => CallAsync(requests / _callers))));
        }

        var wall = Stopwatch.GetElapsedTime(watch);
        cpu = Environment.CpuUsage.TotalTime - cpu;
        bytes = GC.GetTotalAllocatedBytes(precise: true) - bytes;
        if (!isWarmUp)
        {
            Rounds.Add(new Measurement(wall.TotalNanoseconds / requests, cpu.TotalNanoseconds / requests, (double)bytes / requests));
        }
    }

    private async Task CallAsync(int requests)
    {
        for (var i = 0; i < requests; i++)
        {
            await _send(Interlocked.Increment(ref _next));
        }
    }
}
