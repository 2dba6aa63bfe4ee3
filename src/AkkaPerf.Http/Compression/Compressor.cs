namespace AkkaPerf.Http.Compression;

/// <summary>What all routes with the same <see cref="CompressionOptions"/> share.</summary>
internal sealed class Compressor
{
    private readonly CompressionEffort _effort;
    private readonly CompressionLevels? _levels;

    /// <summary>Takes options, and what lowers their effort; null for nothing.</summary>
    public Compressor(CompressionOptions options, CompressionLevels? levels)
    {
        Rules = new CompressionRules(options);
        _effort = options.Effort;
        _levels = levels;
        Work = new EncodingWork(Encoders, () => Effort is not null, Environment.ProcessorCount);
    }

    public CompressionRules Rules { get; }

    public Encoders Encoders { get; } = new();

    /// <summary>Encodes what is kept.</summary>
    public EncodingWork Work { get; }

    /// <summary>How much work goes into a body on its way; null for none, for the process has no CPU to spare.</summary>
    public CompressionEffort? Effort => _levels is null ? _effort : _levels.Current;

    /// <summary>For this process.</summary>
    public static Compressor Of(CompressionOptions options) => new(
        options,
        options.Adapt
            ? new CompressionLevels(options.Effort, static () => Environment.CpuUsage.TotalTime, TimeProvider.System, Environment.ProcessorCount)
            : null);
}
