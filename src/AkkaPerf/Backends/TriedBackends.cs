namespace AkkaPerf.Backends;

/// <summary>The backends that a request has been sent to, or could not be: another one is to be found for it. Rare, so a list.</summary>
internal sealed class TriedBackends
{
    private readonly List<Backend> _all = [];

    public int Count => _all.Count;

    /// <summary>Adds one, once.</summary>
    public void Add(Backend backend)
    {
        if (!Contains(backend))
        {
            _all.Add(backend);
        }
    }

    public bool Contains(Backend backend) => _all.Contains(backend);

    /// <summary>Whether any that may be picked has not been tried.</summary>
    public bool LeavesAnyOf(BackendSet set)
    {
        foreach (var status in set.Eligible)
        {
            if (!Contains(status.Backend))
            {
                return true;
            }
        }

        return false;
    }
}
