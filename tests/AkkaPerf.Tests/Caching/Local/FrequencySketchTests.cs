using AkkaPerf.Caching.Local;

namespace AkkaPerf.Tests.Caching.Local;

public sealed class FrequencySketchTests
{
    [Fact]
    public void Counts_up_to_fifteen()
    {
        var sketch = new FrequencySketch(seed: 1);
        for (var i = 1; i < 100; i++)
        {
            sketch.Add(42);
            Assert.Equal(Math.Min(i, FrequencySketch.MaxFrequency), sketch.FrequencyOf(42));
        }

        Assert.Equal(0, sketch.FrequencyOf(43));
    }

    [Fact]
    public void Ageing_halves()
    {
        var sketch = new FrequencySketch(seed: 1);
        for (var i = 0; i < 9; i++)
        {
            sketch.Add(42);
        }

        sketch.Age();

        Assert.Equal((4, 0), (sketch.FrequencyOf(42), sketch.Sampled));
    }

    [Fact]
    public void Growing_forgets_nothing()
    {
        var sketch = new FrequencySketch(seed: 7);
        for (var i = 0; i < 500; i++)
        {
            sketch.Add(i % 100);
        }

        int[] before = [.. Enumerable.Range(0, 100).Select(sketch.FrequencyOf)];
        sketch.EnsureCapacity(1_000_000);

        Assert.Equal(before, Enumerable.Range(0, 100).Select(sketch.FrequencyOf));
        Assert.Equal(8 << 20, sketch.Bytes);
    }

    [Fact]
    public void Never_estimates_less_than_there_was_and_seldom_more()
    {
        var sketch = new FrequencySketch(seed: 3);
        sketch.EnsureCapacity(10_000);
        var random = new Random(5);
        var counts = new int[40_000];
        for (var i = 0; i < 100_000; i++)
        {
            var key = random.Next(counts.Length);
            counts[key]++;
            sketch.Add(key);
        }

        var over = 0;
        for (var key = 0; key < counts.Length; key++)
        {
            var estimate = sketch.FrequencyOf(key);
            Assert.True(estimate >= Math.Min(counts[key], FrequencySketch.MaxFrequency));
            over += estimate > counts[key] ? 1 : 0;
        }

        Assert.InRange(over, 0, counts.Length / 10);
    }
}
