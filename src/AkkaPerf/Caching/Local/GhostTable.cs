using System.Numerics;

namespace AkkaPerf.Caching.Local;

/// <summary>Remembers for a while who left the window without a place in the main part; under the cache's lock.</summary>
/// <remarks>
/// Who comes back tells how much larger a window would have kept him: by as many entries as have left it since. A table without chains,
/// where a later ghost replaces an earlier one; of large caches only a sample of the keys, chosen by hash, so that it stays small.
/// </remarks>
internal sealed class GhostTable
{
    private const int Smallest = 128;
    private const int Largest = 8192;

    private readonly uint _seed;
    private ulong[] _ghosts = new ulong[Smallest];
    private uint _clock;

    public GhostTable(uint seed) => _seed = seed | 1;

    /// <summary>How many ghosts one remembered ghost stands for.</summary>
    public int Scale { get; private set; } = 1;

    /// <summary>Makes room for the ghosts of a cache of so many entries; growing forgets.</summary>
    public void EnsureCapacity(int entries)
    {
        var wanted = BitOperations.RoundUpToPowerOf2((uint)entries) * 2L;
        if (wanted > _ghosts.Length * (long)Scale)
        {
            _ghosts = new ulong[Math.Min(wanted, Largest)];
            Scale = (int)Math.Max(1, wanted / Largest);
        }
    }

    /// <summary>A key left the window for good.</summary>
    public void Add(int hash)
    {
        _clock++;
        if (Find(hash, out var index))
        {
            _ghosts[index] = ((ulong)(uint)hash << 32) | _clock;
        }
    }

    /// <summary>How many left the window since this key did; -1 if that is not known.</summary>
    public long Take(int hash)
    {
        if (!Find(hash, out var index) || _ghosts[index] >> 32 != (uint)hash || _ghosts[index] == 0)
        {
            return -1;
        }

        var distance = _clock - (uint)_ghosts[index];
        _ghosts[index] = 0;
        return distance;
    }

    public void Clear() => Array.Clear(_ghosts);

    private bool Find(int hash, out int index)
    {
        // The upper bits choose the place, the next ones the sample.
        var mixed = ((ulong)(uint)hash * 0x9E3779B97F4A7C15) ^ ((ulong)_seed << 16);
        mixed = (mixed ^ (mixed >> 32)) * _seed;
        index = (int)((mixed >> 40) & (uint)(_ghosts.Length - 1));
        return ((mixed >> 8) & (uint)(Scale - 1)) == 0;
    }
}
