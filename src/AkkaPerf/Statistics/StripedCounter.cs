namespace AkkaPerf.Statistics;

/// <summary>A count that all threads change all the time and few read: a part for each processor.</summary>
internal sealed class StripedCounter
{
    private readonly Counter[] _parts = new Counter[Stripes.Count];

    /// <summary>The sum; of changes made meanwhile some may be in it.</summary>
    public long Value
    {
        get
        {
            var sum = 0L;
            foreach (ref readonly var part in _parts.AsSpan())
            {
                sum += part.Value;
            }

            return sum;
        }
    }

    public void Increment() => _parts[Stripes.Current].Increment();

    public void Add(long amount) => _parts[Stripes.Current].Add(amount);
}
