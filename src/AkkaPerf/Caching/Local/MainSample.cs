using System.Numerics;

namespace AkkaPerf.Caching.Local;

/// <summary>Knows what a small main part would find while there is none; under the cache's lock.</summary>
/// <remarks>
/// Keys without values, as many as the smallest main part would hold; of large caches a sample of them, chosen by hash. Who leaves the window
/// takes the place that its hash names if it was asked for more often than the one that has it.
/// </remarks>
internal sealed class MainSample
{
    private const int Most = 64;

    private readonly FrequencySketch _sketch;
    private readonly uint _seed;
    private int[] _hashes = [0];

    public MainSample(FrequencySketch sketch, uint seed)
    {
        _sketch = sketch;
        _seed = seed | 1;
    }

    /// <summary>How many entries one of the sample stands for.</summary>
    public int Scale { get; private set; } = 1;

    /// <summary>How many entries all of the sample stand for.</summary>
    public int Entries => _hashes.Length * Scale;

    /// <summary>Begins anew, for a main part of so many entries.</summary>
    public void Start(int entries)
    {
        var wanted = 1 << BitOperations.Log2((uint)Math.Max(1, entries));
        _hashes = new int[Math.Min(wanted, Most)];
        Scale = wanted / _hashes.Length;
    }

    /// <summary>Whether it tells something of a main part of so many entries.</summary>
    public bool Fits(int entries) => entries >= Entries / 2 && entries < Entries * 4L;

    public bool Contains(int hash) => _hashes[PlaceOf(hash, out var isSampled)] == hash && isSampled && hash != 0;

    /// <summary>A key has left the window.</summary>
    public void Offer(int hash)
    {
        ref var place = ref _hashes[PlaceOf(hash, out var isSampled)];
        if (isSampled && (place == 0 || Admission.Beats(_sketch.FrequencyOf(hash), _sketch.FrequencyOf(place))))
        {
            place = hash;
        }
    }

    // The upper bits choose the place, the next ones the sample.
    private int PlaceOf(int hash, out bool isSampled)
    {
        var mixed = ((uint)hash * 0x9E3779B97F4A7C15) ^ ((ulong)_seed << 16);
        mixed = (mixed ^ (mixed >> 32)) * _seed;
        isSampled = ((mixed >> 8) & (uint)(Scale - 1)) == 0;
        return (int)(mixed >> 40) & (_hashes.Length - 1);
    }
}
