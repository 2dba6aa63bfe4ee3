using AkkaPerf.Benchmarks.Balancing;
using AkkaPerf.Benchmarks.Caching;
using AkkaPerf.Benchmarks.Charts;
using AkkaPerf.Benchmarks.Comparison;
using AkkaPerf.Benchmarks.Connections;
using AkkaPerf.Benchmarks.Http;
using AkkaPerf.Benchmarks.Micro;
using AkkaPerf.Benchmarks.Musts;
using AkkaPerf.Benchmarks.Overload;
using AkkaPerf.Benchmarks.Scale;
using AkkaPerf.Benchmarks.Telemetry;
using BenchmarkDotNet.Running;

return args switch
{
    ["micro", .. var rest] => await MicroCommand.RunAsync(rest),
    ["micro-part", .. var rest] => await MicroCommand.RunPartAsync(rest),
    ["overload", "http", .. var rest] => await HttpOverloadCommand.RunAsync(rest),
    ["overload", .. var rest] => await OverloadCommand.RunAsync(rest),
    ["charts", .. var rest] => ChartsCommand.Run(rest),
    ["musts"] => MustsCommand.Run(),
    ["scale", .. var rest] => await ScaleCommand.RunAsync(rest),
    ["first-level", .. var rest] => FirstLevelCommand.Run(rest),
    ["cache", .. var rest] => await CacheCommand.RunAsync(rest),
    ["balancing", .. var rest] => BalancingCommand.Run(rest),
    ["hit-ratio", .. var rest] => HitRatioCommand.Run(rest),
    ["pool", .. var rest] => await PoolCommand.RunAsync(rest),
    ["scoreboard", .. var rest] => await ScoreboardCommand.RunAsync(rest),
    ["client", .. var rest] => await ClientCommand.RunAsync(rest),
    ["telemetry", .. var rest] => await TelemetryCommand.RunAsync(rest),
    ["comparison"] => await ComparisonCommand.RunAsync(),
    ["floor", .. var rest] => await FloorProxy.RunAsync(rest),
    ["yarp", .. var rest] => await YarpProxy.RunAsync(rest, isCaching: false),
    ["yarp-cache", .. var rest] => await YarpProxy.RunAsync(rest, isCaching: true),
    ["yarp-limit", .. var rest] => await YarpProxy.RunAsync(rest, isCaching: false, isLimiting: true),
    ["limited-backend", .. var rest] => await LimitedBackend.RunAsync(rest),
    ["yarp-gzip", .. var rest] => await YarpProxy.RunAsync(rest, isCaching: true, isCompressing: true),
    ["open-loop", .. var rest] => await OpenLoopCommand.RunAsync(rest),
    _ => RunSwitcher(args),
};

static int RunSwitcher(string[] args)
{
    BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly).Run(args);
    return 0;
}
