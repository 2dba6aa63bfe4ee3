namespace AkkaPerf.Tests.Hosting;

/// <summary>Those that change the process's environment, which every host reads: they run when nobody else does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class EnvironmentCollection
{
    public const string Name = "environment";
}
