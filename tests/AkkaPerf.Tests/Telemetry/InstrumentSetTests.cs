using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using AkkaPerf.Telemetry;

namespace AkkaPerf.Tests.Telemetry;

/// <summary>Instruments over sources that come and go.</summary>
public sealed class InstrumentSetTests : IDisposable
{
    private readonly TestMeters _meters = new();
    private readonly InstrumentSet<Source> _set;
    private readonly MeterReader _reader;

    public InstrumentSetTests()
    {
        _set = new InstrumentSet<Source>(_meters.Create(AkkaPerfTelemetry.MeterName), static source => source.Name);
        _reader = new MeterReader(_meters);
        _set.Counter("count", "{x}", "", static (source, readings) => readings.Add(source.Value, "kind", source.Kind));
        _set.Number("number", "{x}", "", static (source, readings) => readings.Add(source.Value));
        _set.Gauge("gauge", "{x}", "", static (source, readings) => readings.Add(source.Value));
    }

    [Fact]
    public void Sources_of_one_name_add_up_except_in_gauges()
    {
        _set.Add(new Source("a", 1));
        _set.Add(new Source("a", 2));
        _set.Add(new Source("b", 4));

        var now = _reader.Observe();
        Assert.Equal(3, now["count{akkaperf.pipeline=a, kind=k}"]);
        Assert.Equal(3, now["number{akkaperf.pipeline=a}"]);
        Assert.Equal(2, now["gauge{akkaperf.pipeline=a}"]);
        Assert.Equal(4, now["count{akkaperf.pipeline=b, kind=k}"]);
    }

    [Fact]
    public void A_counter_does_not_fall_while_somebody_of_the_name_is_left()
    {
        var (first, second) = (new Source("a", 5), new Source("a", 1) { Kind = "other" });
        _set.Add(first);
        _set.Add(second);

        _set.Remove(first);
        _set.Remove(first);

        var now = _reader.Observe();
        Assert.Equal(5, now["count{akkaperf.pipeline=a, kind=k}"]);
        Assert.Equal(1, now["count{akkaperf.pipeline=a, kind=other}"]);
        Assert.Equal(1, now["number{akkaperf.pipeline=a}"]);
    }

    [Fact]
    public void The_last_of_a_name_takes_everything_with_it()
    {
        var (first, second) = (new Source("a", 5), new Source("a", 1));
        _set.Add(first);
        _set.Add(second);
        _set.Remove(first);
        _set.Remove(second);
        Assert.Empty(_reader.Observe());

        _set.Add(new Source("a", 1));

        Assert.Equal(1, _reader.Observe("count{akkaperf.pipeline=a, kind=k}"));
    }

    [Fact]
    public void What_has_been_removed_is_not_kept()
    {
        var removed = AddAndRemove();
        _set.Add(new Source("a", 1));
        _ = _reader.Observe();

        GC.Collect();

        Assert.False(removed.IsAlive);
    }

    public void Dispose()
    {
        _reader.Dispose();
        _meters.Dispose();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference AddAndRemove()
    {
        var source = new Source("a", 5);
        _set.Add(source);
        _set.Add(new Source("a", 1));
        _ = _reader.Observe();
        _set.Remove(source);
        return new WeakReference(source);
    }

    private sealed record Source(string Name, int Value)
    {
        public string Kind { get; init; } = "k";
    }
}
