using AkkaPerf.Benchmarks.Balancing;
using AkkaPerf.Benchmarks.Caching;
using AkkaPerf.Benchmarks.Connections;
using AkkaPerf.Benchmarks.Figures;
using AkkaPerf.Benchmarks.Http;
using AkkaPerf.Benchmarks.Telemetry;
using BenchmarkDotNet.Running;

return args switch
{
    ["figures", .. var rest] => await FiguresCommand.RunAsync(rest),
    ["first-level", .. var rest] => FirstLevelCommand.Run(rest),
    ["cache", .. var rest] => await CacheCommand.RunAsync(rest),
    ["balancing", .. var rest] => BalancingCommand.Run(rest),
    ["hit-ratio", .. var rest] => HitRatioCommand.Run(rest),
    ["pool", .. var rest] => await PoolCommand.RunAsync(rest),
    ["scoreboard", .. var rest] => await ScoreboardCommand.RunAsync(rest),
    ["client", .. var rest] => await ClientCommand.RunAsync(rest),
    ["telemetry", .. var rest] => await TelemetryCommand.RunAsync(rest),
    ["yarp", .. var rest] => await YarpProxy.RunAsync(rest, isCaching: false),
    ["yarp-cache", .. var rest] => await YarpProxy.RunAsync(rest, isCaching: true),
    ["yarp-gzip", .. var rest] => await YarpProxy.RunAsync(rest, isCaching: true, isCompressing: true),
    ["open-loop", .. var rest] => await OpenLoopCommand.RunAsync(rest),
    _ => RunMicro(args),
};

static int RunMicro(string[] args)
{
    BenchmarkSwitcher.FromAssembly(typeof(FiguresCommand).Assembly).Run(args);
    return 0;
}
