using System.Diagnostics.Metrics;

namespace AkkaPerf.Benchmarks.Telemetry;

/// <summary>Meters that a listener can tell from others of their name.</summary>
internal sealed class Meters : IMeterFactory
{
    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        return new Meter(options);
    }

    public void Dispose()
    {
        // The process ends.
    }
}
