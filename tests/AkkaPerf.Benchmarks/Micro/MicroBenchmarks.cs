using BenchmarkDotNet.Attributes;

namespace AkkaPerf.Benchmarks.Micro;

/// <summary>The same contenders, one caller each, as BenchmarkDotNet measures.</summary>
[MemoryDiagnoser]
public class MicroBenchmarks
{
    private MicroBench _bench = null!;
    private Work _work = null!;
    private int _next;

    public static IEnumerable<string> Contenders
    {
        get
        {
            var bench = new MicroBench();
            string[] names = [.. All(bench).Select(static contender => contender.Name)];
            bench.DisposeAsync().AsTask().GetAwaiter().GetResult();
            return names;
        }
    }

    /// <summary>Scenario and contender.</summary>
    [ParamsSource(nameof(Contenders))]
    public string Contender { get; set; } = "";

    [GlobalSetup]
    public async Task StartAsync()
    {
        _bench = new MicroBench();
        _work = All(_bench).First(contender => contender.Name == Contender).Work;
        await _work.CheckAsync();
    }

    [GlobalCleanup]
    public async Task StopAsync() => await _bench.DisposeAsync();

    [Benchmark]
    public ValueTask SendAsync() => _work.SendAsync(_next++);

    // One caller's point alone, but every size of a fleet.
    private static IEnumerable<(string Name, Work Work)> All(MicroBench bench)
    {
        foreach (var (name, create) in MicroCatalogue.All)
        {
            var scenario = create(bench);
            foreach (var point in scenario.Points.Where(static point => point.Callers == 1))
            {
                foreach (var work in point.Works)
                {
                    yield return ($"{name}, {point.X} {scenario.Axis}: {work.Name}", work);
                }
            }
        }
    }
}
