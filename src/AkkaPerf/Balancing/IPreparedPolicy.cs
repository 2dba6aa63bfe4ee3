using AkkaPerf.Backends;

namespace AkkaPerf.Balancing;

/// <summary>A policy that computes something for its candidates, which takes long where they are many: better before its first pick than in it.</summary>
internal interface IPreparedPolicy
{
    /// <summary>Computes it; may block.</summary>
    void Prepare(BackendGroup group);
}
