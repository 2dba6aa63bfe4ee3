using System.Runtime.CompilerServices;
using AkkaPerf.Statistics;

namespace AkkaPerf.Tests.Statistics;

public sealed class CounterTests
{
    private Counter _counter;

    [Fact]
    public void Counts_up_down_and_by_amounts()
    {
        Assert.Equal(1, _counter.Increment());
        Assert.Equal(6, _counter.Add(5));
        Assert.Equal(5, _counter.Decrement());
        _counter.IncrementAlone();
        Assert.Equal(6, _counter.Value);
    }

    [Fact]
    public async Task Loses_nothing_among_threads()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 25_000; i++)
            {
                _counter.Increment();
            }
        })));

        Assert.Equal(100_000, _counter.Value);
    }

    [Fact]
    public void Has_a_cache_line_of_its_own() => Assert.Equal(128, Unsafe.SizeOf<Counter>());
}
