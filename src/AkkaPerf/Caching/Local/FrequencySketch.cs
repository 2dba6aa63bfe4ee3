using System.Numerics;

namespace AkkaPerf.Caching.Local;

/// <summary>Estimates how often keys were asked for lately, those not in the cache too; under the cache's lock.</summary>
/// <remarks>
/// A count-min sketch of 4-bit counters (Cormode and Muthukrishnan 2005; TinyLFU, Einziger et al. 2017) in blocks of one cache line: four
/// counters a key, of which only the smallest are raised (Estan and Varghese 2002). After a sample of accesses all are halved, so that the
/// past fades. The hash is seeded: who chooses the keys cannot know which of them share counters. Cost: one cache line an access.
/// </remarks>
internal sealed class FrequencySketch
{
    public const int MaxFrequency = 15;

    private const ulong HalfMask = 0x7777777777777777;
    private const int WordsInBlock = 8;

    // Small caches see many times more keys than they hold; eight kilobytes keep those from drowning the counters. Above
    // LargestRich slots the memory counts more: eight bytes an entry as usual.
    private const int FewestWords = 1024;
    private const int RichFactor = 4;
    private const int LargestRich = 32768;

    private readonly ulong _seed;
    private ulong[] _words = new ulong[FewestWords];

    public FrequencySketch(ulong seed) => _seed = seed | 1;

    /// <summary>What it occupies.</summary>
    public long Bytes => _words.Length * sizeof(ulong);

    /// <summary>How many accesses were counted since the last ageing.</summary>
    public long Sampled { get; private set; }

    /// <summary>Grows for so many entries; what is known of the keys stays.</summary>
    public void EnsureCapacity(int entries)
    {
        var wanted = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(
            Math.Min((long)entries * RichFactor, LargestRich), Math.Max(entries, FewestWords)));
        while (_words.Length < wanted)
        {
            // A block's index is the hash's low bits: with one bit more both halves start with what the whole knew.
            var words = new ulong[_words.Length * 2];
            _words.CopyTo(words, 0);
            _words.CopyTo(words, _words.Length);
            _words = words;
        }
    }

    /// <summary>The estimate, 0 to <see cref="MaxFrequency"/>.</summary>
    public int FrequencyOf(int hash)
    {
        var mixed = Mix(hash);
        var block = BlockOf(mixed);
        var least = MaxFrequency;
        for (var row = 0; row < 4; row++)
        {
            var (word, shift) = CounterOf(mixed, block, row);
            least = Math.Min(least, (int)(_words[word] >> shift) & MaxFrequency);
        }

        return least;
    }

    public void Add(int hash)
    {
        Sampled++;
        var mixed = Mix(hash);
        var block = BlockOf(mixed);
        var words = _words;
        var (word0, shift0) = CounterOf(mixed, block, 0);
        var (word1, shift1) = CounterOf(mixed, block, 1);
        var (word2, shift2) = CounterOf(mixed, block, 2);
        var (word3, shift3) = CounterOf(mixed, block, 3);
        var count0 = (int)(words[word0] >> shift0) & MaxFrequency;
        var count1 = (int)(words[word1] >> shift1) & MaxFrequency;
        var count2 = (int)(words[word2] >> shift2) & MaxFrequency;
        var count3 = (int)(words[word3] >> shift3) & MaxFrequency;
        var least = Math.Min(Math.Min(count0, count1), Math.Min(count2, count3));
        if (least == MaxFrequency)
        {
            return;
        }

        words[word0] += Raise(count0, least, shift0);
        words[word1] += Raise(count1, least, shift1);
        words[word2] += Raise(count2, least, shift2);
        words[word3] += Raise(count3, least, shift3);
    }

    /// <summary>Halves every counter.</summary>
    public void Age()
    {
        foreach (ref var word in _words.AsSpan())
        {
            word = (word >> 1) & HalfMask;
        }

        Sampled = 0;
    }

    public void Clear()
    {
        Array.Clear(_words);
        Sampled = 0;
    }

    private static ulong Raise(int count, int least, int shift) => count == least ? 1ul << shift : 0;

    // Row r has two words of the block, 32 counters; seven bits of the hash's upper half choose one of them.
    private static (int Word, int Shift) CounterOf(ulong mixed, int block, int row)
    {
        var bits = (int)(mixed >> (32 + (row * 8)));
        return (block + (row * 2) + (bits & 1), ((bits >> 1) & 15) * 4);
    }

    private int BlockOf(ulong mixed) => (int)(mixed & (uint)(_words.Length - 1)) & ~(WordsInBlock - 1);

    private ulong Mix(int hash)
    {
        // The finaliser of splitmix64, seeded.
        var x = ((uint)hash * 0x9E3779B97F4A7C15) ^ _seed;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
