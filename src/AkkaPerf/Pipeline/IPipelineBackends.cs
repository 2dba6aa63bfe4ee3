using AkkaPerf.Backends;
using AkkaPerf.Balancing;

namespace AkkaPerf.Pipeline;

/// <summary>The backends of a running pipeline. Any thread.</summary>
public interface IPipelineBackends
{
    /// <summary>All of them at this moment.</summary>
    BackendSet Current { get; }

    /// <summary>Takes a backend in; it gets traffic once it is known to be healthy.</summary>
    /// <exception cref="ArgumentException">The id is taken, or the options are not valid.</exception>
    void Add(BackendOptions backend);

    /// <summary>Makes them what a list says, as one change: takes in, takes out, weighs and enables in place, and replaces whose address or limits are others.</summary>
    /// <remarks>Those of a source (<c>BackendsFrom</c>, <c>resolve</c>) too: the list is all there shall be, until the source's next change.</remarks>
    /// <exception cref="ArgumentException">An id stands there twice, or options are not valid; nothing was changed.</exception>
    void Apply(IReadOnlyList<BackendOptions> backends);

    /// <summary>Takes a backend out; what runs on it goes on. False if there is none with this id.</summary>
    bool Remove(string id);

    /// <summary>Keeps new exchanges from a backend. False if there is none with this id.</summary>
    bool Drain(string id);

    /// <summary>Lets new exchanges come to a drained backend again. False if there is none with this id.</summary>
    bool Resume(string id);

    /// <summary>Sets a backend's share of the traffic, 0 to 1000. False if there is none with this id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside that range.</exception>
    bool SetWeight(string id, int weight);

    /// <summary>Switches a backend on again; it gets traffic once it is known to be healthy. False if there is none with this id.</summary>
    bool Enable(string id);

    /// <summary>Switches a backend off: no new exchanges, no probes. False if there is none with this id.</summary>
    bool Disable(string id);

    /// <summary>Ejects a backend as if its traffic had failed; it comes back by itself, as <c>health.passive</c> says.</summary>
    /// <returns>False if there is none with this id, if it gets no traffic anyway, or if too few others would be left.</returns>
    bool Eject(string id);

    /// <summary>Has a backend probed now rather than when it is due; ten times an interval at most, and not while probing is off. False if there is none with this id.</summary>
    bool Probe(string id);

    /// <summary>Takes a load report: an impaired backend is degraded, and gets what the healthy ones cannot take. False if there is none with this id.</summary>
    /// <remarks>It holds for three times the interval between the last two reports, at least 10 s; the first, and any other at most, 3 min.</remarks>
    bool Report(string id, bool isImpaired, string cause);

    /// <summary>The name of the balancing policy in use.</summary>
    string Policy { get; }

    /// <summary>Balances by another policy from now on; what is known of the backends stays.</summary>
    /// <exception cref="ArgumentException">There is no policy of that name.</exception>
    void UsePolicy(string name);

    /// <summary>The names of the policies that there are, the pipeline's own included.</summary>
    IReadOnlyList<string> Policies { get; }

    /// <summary>Part of the decisions that are kept with their reasons; 0 to 1, at first <c>balancing.trace</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside that range.</exception>
    double Trace { get; set; }

    /// <summary>The newest decisions of the sample that <see cref="Trace"/> takes, the newest last; 64 at most.</summary>
    IReadOnlyList<BalancingDecision> Decisions { get; }
}
