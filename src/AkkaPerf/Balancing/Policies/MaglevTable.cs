using AkkaPerf.Backends;
using AkkaPerf.Statistics;

namespace AkkaPerf.Balancing.Policies;

/// <summary>Maglev's table: the backends take turns, as often as their weights say, each the next free place of its own random order.</summary>
internal sealed class MaglevTable
{
    // The paper's smaller size, doubled until there are a hundred places a backend, for shares within a percent: another size moves all keys, so
    // that it must not change with every backend.
    private const int Smallest = 65_537;
    private const int PlacesPerBackend = 100;

    // The backends' numbers, plus one; 0 = free.
    private readonly int[] _owners;

    public MaglevTable(BackendMembers members)
    {
        var backends = members.All.Where(static member => member.Weight > 0).ToArray();
        var size = SizeFor(backends.Length);
        _owners = new int[size];
        var greatest = backends.Max(static member => member.Weight);
        var turns = new (uint At, uint Skip, double Owed)[backends.Length];
        for (var i = 0; i < backends.Length; i++)
        {
            var hash = StableHash.Of(backends[i].Backend.Id, salt: 1);
            turns[i] = ((uint)(hash % (uint)size), 1 + (uint)(StableHash.Mix(hash) % (uint)(size - 1)), 0);
        }

        for (var left = size; left > 0;)
        {
            for (var i = 0; i < backends.Length && left > 0; i++)
            {
                turns[i].Owed += (double)backends[i].Weight / greatest;
                if (turns[i].Owed >= 1)
                {
                    turns[i].Owed--;
                    Place(backends[i].Backend.Slot, ref turns[i].At, turns[i].Skip);
                    left--;
                }
            }
        }
    }

    public int Count => _owners.Length;

    /// <summary>The number of the backend whose place that is.</summary>
    public int OwnerAt(int index) => _owners[index] - 1;

    private void Place(int slot, ref uint at, uint skip)
    {
        while (_owners[at] != 0)
        {
            // Both are below the length; a remainder would take most of the table's time, of which there are eleven looks a place.
            at += skip;
            at -= at >= (uint)_owners.Length ? (uint)_owners.Length : 0;
        }

        _owners[at] = slot + 1;
    }

    private static int SizeFor(int backends)
    {
        var size = Smallest;
        while (size < PlacesPerBackend * backends)
        {
            size *= 2;
        }

        return NextPrime(size);
    }

    private static int NextPrime(int from)
    {
        while (!IsPrime(from))
        {
            from++;
        }

        return from;
    }

    private static bool IsPrime(int number)
    {
        for (var divisor = 2; (long)divisor * divisor <= number; divisor++)
        {
            if (number % divisor == 0)
            {
                return false;
            }
        }

        return number > 1;
    }
}
