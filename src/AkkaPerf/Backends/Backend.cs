using AkkaPerf.Statistics;

namespace AkkaPerf.Backends;

/// <summary>One server that can answer: its identity and its live figures. Its state stands in <see cref="BackendSet"/>.</summary>
public sealed class Backend
{
    private Counter _inFlight;
    private Counter _succeeded;
    private Counter _failed;

    internal Backend(string id, Uri address)
    {
        Id = id;
        Address = address;
    }

    /// <summary>Its name, unique within the pipeline.</summary>
    public string Id { get; }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Exchanges that are assigned to it now, those still waiting for a connection included.</summary>
    public long InFlight => _inFlight.Value;

    /// <summary>Exchanges that it answered.</summary>
    public long Succeeded => _succeeded.Value;

    /// <summary>Exchanges that failed on it; those the caller cancelled are none.</summary>
    public long Failed => _failed.Value;

    /// <inheritdoc />
    public override string ToString() => $"{Id} ({Address})";

    internal void Assigned() => _inFlight.Increment();

    internal void Ended(BackendOutcome outcome)
    {
        _inFlight.Decrement();
        if (outcome == BackendOutcome.Success)
        {
            _succeeded.Increment();
        }
        else if (outcome == BackendOutcome.Failure)
        {
            _failed.Increment();
        }
    }
}
