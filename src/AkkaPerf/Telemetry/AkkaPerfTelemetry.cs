namespace AkkaPerf.Telemetry;

/// <summary>What listeners know the library's telemetry by.</summary>
public static class AkkaPerfTelemetry
{
    /// <summary>The name of the one meter.</summary>
    public const string MeterName = "AkkaPerf";

    /// <summary>The name of the one activity source.</summary>
    public const string ActivitySourceName = "AkkaPerf";
}
