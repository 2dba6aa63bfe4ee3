using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AkkaPerf.Backends;

/// <summary>The loads of a few backends, to be compared four at a time. Any thread.</summary>
/// <remarks>Who is the least nobody can foresee, and one after the other each comparison would wait for the one before.</remarks>
internal sealed unsafe class LoadLanes
{
    /// <summary>So many at most: whose turn it is must fit beside what each has to do.</summary>
    public const int Most = 64;

    private const int TurnBits = 7;
    private const int TurnMask = (1 << TurnBits) - 1;

    // Behind everything: for those that only fill the last four, who have one in flight each.
    private const float Beyond = 1e30f;

    private static readonly LoadPlace Nobody = BusyForever();

    private readonly nint[] _loads;

    // Keeps what those point to.
    private readonly long[][] _blocks;
    private readonly float[] _perShare;
    private readonly int _count;

    public LoadLanes(ReadOnlySpan<Candidate> all)
    {
        _count = all.Length;
        _blocks = new long[all.Length][];
        var count = (all.Length + Vector128<int>.Count - 1) / Vector128<int>.Count * Vector128<int>.Count;
        _loads = new nint[count];
        _perShare = new float[count];
        for (var i = 0; i < count; i++)
        {
            var place = i < all.Length ? all[i].Backend.Place : Nobody;
            (_loads[i], _perShare[i]) = ((nint)place.Address, i < all.Length ? all[i].PerShare : Beyond);
            if (i < all.Length)
            {
                _blocks[i] = place.Block;
            }
        }
    }

    /// <summary>What they have in flight together.</summary>
    public long InFlight
    {
        get
        {
            ref var loads = ref MemoryMarshal.GetArrayDataReference(_loads);
            var sum = Vector128<int>.Zero;
            for (var i = 0; i < _loads.Length; i += Vector128<int>.Count)
            {
                sum += Four(ref Unsafe.Add(ref loads, i));
            }

            GC.KeepAlive(_blocks);
            return Vector128.Sum(sum) - (_loads.Length - _count);
        }
    }

    /// <summary>Who has the fewest in flight for its share, and of those that are alike (to a part in 65,536) whose turn comes first.</summary>
    /// <param name="first">Whose turn is the first.</param>
    public int Fewest(int first)
    {
        ref var loads = ref MemoryMarshal.GetArrayDataReference(_loads);
        ref var perShare = ref MemoryMarshal.GetArrayDataReference(_perShare);
        var least = Vector128.Create(int.MaxValue);

        // Whoever stands before the first comes after all others: its number is below zero, of which the low bits are a large one.
        var turns = Vector128.Create(0, 1, 2, 3) - Vector128.Create(first);
        for (var i = 0; i < _loads.Length; i += Vector128<int>.Count)
        {
            var inFlight = Four(ref Unsafe.Add(ref loads, i));

            // The bits of numbers that are not negative are in the order of the numbers; rounded, for three for a share of 300 is what one is for
            // 100, and must not lose by the last of them.
            var rank = (Vector128.ConvertToSingle(inFlight) * Vector128.LoadUnsafe(ref perShare, (nuint)i)).AsInt32() + Vector128.Create(1 << (TurnBits - 1));
            least = Vector128.Min(least, (rank & Vector128.Create(~TurnMask)) | (turns & Vector128.Create(TurnMask)));
            turns += Vector128.Create(Vector128<int>.Count);
        }

        GC.KeepAlive(_blocks);
        var half = Vector128.Min(least, Vector128.Shuffle(least, Vector128.Create(2, 3, 0, 1)));
        return (first + Math.Min(half.ToScalar(), half.GetElement(1))) & TurnMask;
    }

    private static Vector128<int> Four(ref nint first) => Vector128.Create(
        InFlightOf(first), InFlightOf(Unsafe.Add(ref first, 1)), InFlightOf(Unsafe.Add(ref first, 2)), InFlightOf(Unsafe.Add(ref first, 3)));

    private static int InFlightOf(nint load) => (int)((BackendLoad*)load)->InFlight;

    private static LoadPlace BusyForever()
    {
        var place = new LoadShelf(loadsPerBlock: 1).Take();
        _ = place.Load.TryAssign(limit: 0, now: 0);
        return place;
    }
}
