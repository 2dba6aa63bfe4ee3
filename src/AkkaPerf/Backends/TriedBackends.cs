namespace AkkaPerf.Backends;

/// <summary>The backends that a request has been sent to, or could not be: another one is to be found for it. Rare, so a list.</summary>
internal sealed class TriedBackends
{
    private readonly List<Backend> _all = [];

    public int Count => _all.Count;

    public void Add(Backend backend) => _all.Add(backend);

    public bool Contains(Backend backend) => _all.Contains(backend);
}
