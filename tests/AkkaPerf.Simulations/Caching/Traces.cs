namespace AkkaPerf.Simulations.Caching;

/// <summary>What caches are asked for, from a seed.</summary>
internal static class Traces
{
    /// <summary>Independent draws of keys whose popularity falls with their rank to the power of <paramref name="skew"/>.</summary>
    public static IEnumerable<int> Zipf(int keys, double skew, int draws, int seed)
    {
        var random = new Random(seed);
        var table = new AliasTable([.. Enumerable.Range(1, keys).Select(rank => Math.Pow(rank, -skew))]);
        for (var i = 0; i < draws; i++)
        {
            yield return table.Draw(random);
        }
    }

    /// <summary>Around and around the same keys.</summary>
    public static IEnumerable<int> Loop(int keys, int draws) => Enumerable.Range(0, draws).Select(i => i % keys);

    /// <summary>Keys asked for again soon or never: every draw is a new key, or one so many distinct keys ago that grows rare fast.</summary>
    /// <param name="reach">The scale of the distance, in keys: a third of what comes back does so later than this.</param>
    public static IEnumerable<int> Recency(int reach, double newKeys, int draws, int seed)
    {
        var random = new Random(seed);
        // The most recently asked for is last.
        var recent = new List<int>();
        var next = 0;
        for (var i = 0; i < draws; i++)
        {
            var distance = (int)(-Math.Log(1 - random.NextDouble()) * reach);
            int key;
            if (distance >= recent.Count || random.NextDouble() < newKeys)
            {
                key = next++;
            }
            else
            {
                key = recent[recent.Count - 1 - distance];
                recent.RemoveAt(recent.Count - 1 - distance);
            }

            recent.Add(key);
            if (recent.Count > reach * 12)
            {
                recent.RemoveRange(0, reach * 2);
            }

            yield return key;
        }
    }

    /// <summary>A stream of new keys, each asked for once more exactly so many draws later.</summary>
    public static IEnumerable<int> Echo(int distance, int draws)
    {
        for (var i = 0; i < draws; i++)
        {
            yield return i % 2 == 0 ? i / 2 : Math.Max(0, (i / 2) - distance);
        }
    }

    /// <summary>A Zipf law whose keys are all others after every <paramref name="period"/> draws.</summary>
    public static IEnumerable<int> Shifting(int keys, double skew, int period, int draws, int seed) =>
        Zipf(keys, skew, draws, seed).Select((key, i) => key + (i / period * keys));

    /// <summary>A Zipf law through which every now and then runs a scan of keys that never come back.</summary>
    public static IEnumerable<int> Scanned(int keys, double skew, int scan, int draws, int seed)
    {
        var next = keys;
        return Zipf(keys, skew, draws, seed).Select((key, i) => i % (scan * 4) < scan ? next++ : key);
    }
}
