using System.Diagnostics.Metrics;
using AkkaPerf.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Http.Compression;

/// <summary>Counts the bytes of bodies before and after they were coded, for one pipeline or none; its tags are made once. Any thread.</summary>
/// <remarks>On the way each piece counts as it is coded, once for each client; what is kept counts once, however often it is sent.</remarks>
internal sealed class CompressionCounts
{
    private static readonly Meter Shared = new(AkkaPerfTelemetry.MeterName);

    private readonly Counter<long> _before;
    private readonly Counter<long> _after;
    private readonly KeyValuePair<string, object?>[][] _tags = new KeyValuePair<string, object?>[CodingNames.Count][];

    /// <param name="meter">The meter; instruments that it has already are used again.</param>
    /// <param name="pipeline">The pipeline's name; null where there is none.</param>
    public CompressionCounts(Meter meter, string? pipeline)
    {
        _before = meter.CreateCounter<long>("akkaperf.compression.in", "By", "Bytes of bodies before they were coded, by coding; what is kept counts once.");
        _after = meter.CreateCounter<long>("akkaperf.compression.out", "By", "The same bodies' bytes in their coding.");
        for (var i = 0; i < CodingNames.Count; i++)
        {
            KeyValuePair<string, object?> coding = new("akkaperf.coding", CodingNames.Of((ContentCoding)i));
            _tags[i] = pipeline is null ? [coding] : [new("akkaperf.pipeline", pipeline), coding];
        }
    }

    /// <summary>With the meter of a container; with that of the process where it has none.</summary>
    public static CompressionCounts Of(IServiceProvider services, string? pipeline) =>
        new(services.GetService<IMeterFactory>()?.Create(AkkaPerfTelemetry.MeterName) ?? Shared, pipeline);

    /// <summary>Takes in what has become of so many bytes; costs nothing if nobody listens.</summary>
    public void Add(ContentCoding coding, long before, long after)
    {
        if (_before.Enabled)
        {
            _before.Add(before, _tags[(int)coding]);
        }

        if (_after.Enabled)
        {
            _after.Add(after, _tags[(int)coding]);
        }
    }
}
