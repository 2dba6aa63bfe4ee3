namespace AkkaPerf.Telemetry;

/// <summary>The tags of all instruments and spans; each has a closed set of values, but for names that the configuration gives.</summary>
internal static class Tags
{
    /// <summary>The pipeline's name.</summary>
    public const string Pipeline = "akkaperf.pipeline";

    /// <summary>How something ended.</summary>
    public const string Outcome = "akkaperf.outcome";

    /// <summary>Why a request was refused, or an entry dropped.</summary>
    public const string Reason = "akkaperf.reason";

    /// <summary>Which part of a request's time.</summary>
    public const string Phase = "akkaperf.phase";

    /// <summary>Where somebody waits.</summary>
    public const string Place = "akkaperf.place";

    /// <summary>Which level of the cache.</summary>
    public const string Level = "akkaperf.level";

    /// <summary>What a look-up found.</summary>
    public const string Result = "akkaperf.result";

    /// <summary>The backend's id.</summary>
    public const string Backend = "akkaperf.backend";

    /// <summary>In which state something is.</summary>
    public const string State = "akkaperf.state";

    /// <summary>What moved a backend from one state to another.</summary>
    public const string Cause = "akkaperf.cause";

    /// <summary>Whether bytes were read or written.</summary>
    public const string Direction = "akkaperf.direction";

    /// <summary>What kind of error, as OpenTelemetry names it.</summary>
    public const string ErrorType = "error.type";
}
