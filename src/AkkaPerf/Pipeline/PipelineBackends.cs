using AkkaPerf.Backends;
using AkkaPerf.Balancing;

namespace AkkaPerf.Pipeline;

/// <summary>The public door to a pipeline's directory of backends.</summary>
internal sealed class PipelineBackends : IPipelineBackends
{
    private readonly BackendDirectory _directory;

    private readonly BalancingParts _balancing;

    public PipelineBackends(BackendDirectory directory, BalancingParts balancing)
    {
        _directory = directory;
        _balancing = balancing;
    }

    public BackendSet Current => _directory.Current;

    public string Policy => _balancing.Policies.Name;

    public IReadOnlyList<string> Policies => _balancing.Policies.Names;

    public double Trace
    {
        get => _balancing.Decisions.Part;
        set => _balancing.Decisions.Part = value;
    }

    public IReadOnlyList<BalancingDecision> Decisions => _balancing.Decisions.Newest;

    public void Add(BackendOptions backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        _directory.Add(backend);
    }

    public void Apply(IReadOnlyList<BackendOptions> backends)
    {
        ArgumentNullException.ThrowIfNull(backends);
        _directory.Apply(backends);
    }

    public bool Remove(string id) => _directory.Remove(id);

    public bool Drain(string id) => _directory.Drain(id, draining: true);

    public bool Resume(string id) => _directory.Drain(id, draining: false);

    public bool Enable(string id) => _directory.Enable(id, enabled: true);

    public bool Disable(string id) => _directory.Enable(id, enabled: false);

    public bool SetWeight(string id, int weight) => _directory.SetWeight(id, weight);

    public bool Eject(string id) => _directory.Find(id) is { } backend && _directory.Eject(backend, TransitionKind.Manual, "ejected by hand");

    public bool Probe(string id)
    {
        if (_directory.Find(id) is not { } backend)
        {
            return false;
        }

        _directory.WantProbe(backend);
        return true;
    }

    public bool Report(string id, bool isImpaired, string cause) => _directory.Report(id, isImpaired, cause);

    public void UsePolicy(string name) => _balancing.Policies.Use(name);
}
