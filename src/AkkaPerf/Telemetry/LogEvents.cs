namespace AkkaPerf.Telemetry;

/// <summary>The ids of all events in the log. An id keeps its meaning for ever, and none is used again.</summary>
internal static class LogEvents
{
    public const int PipelineStarted = 1001;
    public const int PipelineDraining = 1002;
    public const int PipelineReplaced = 1003;
    public const int PipelineStopped = 1004;
    public const int StreamFailed = 1005;
    public const int DrainOverdue = 1006;
    public const int BackendSourceTroubled = 1007;
    public const int OverloadBegun = 1011;
    public const int OverloadEnded = 1012;
    public const int WaitingBegun = 1013;
    public const int WaitingEnded = 1014;
    public const int ReloadApplied = 1021;
    public const int ReloadRefused = 1022;

    public const int BackendAdded = 1101;
    public const int BackendRemoved = 1102;
    public const int BackendDown = 1103;
    public const int BackendEjected = 1104;
    public const int BackendChanged = 1105;
    public const int PanicBegun = 1111;
    public const int PanicEnded = 1112;

    public const int ConnectsFail = 1201;
    public const int ConnectsWork = 1202;
    public const int ConnectsHang = 1203;
    public const int ConnectsHangNoMore = 1204;
    public const int PoolExhausted = 1205;
    public const int PoolRecovered = 1206;
    public const int LeaseLeaked = 1207;
    public const int LeaseReturned = 1208;
    public const int CloseFailed = 1209;
    public const int WaiterFailed = 1210;

    public const int SecondLevelOpened = 2101;
    public const int SecondLevelClosed = 2102;
    public const int SecondLevelForgot = 2103;
    public const int SecondLevelRejected = 2104;
    public const int SecondLevelStopped = 2105;
}
