using System.Runtime.InteropServices;

namespace AkkaPerf.Statistics;

/// <summary>Hashes that are the same in every process and on every day, so that processes agree on whose a key is.</summary>
internal static class StableHash
{
    private const ulong Start = 0xCBF29CE484222325;

    // Odd, and half of its bits are set.
    private const ulong Factor = 0x9E3779B97F4A7C15;

    private const int CharsPerWord = sizeof(ulong) / sizeof(char);
    private const int BitsPerChar = 16;

    /// <summary>Four characters at a time: a multiplication takes in a word, and both halves of the product go on, so that no bit gets lost at the upper end.</summary>
    public static ulong Of(ReadOnlySpan<char> text)
    {
        var hash = Start ^ (ulong)text.Length;
        if (text.Length <= CharsPerWord)
        {
            return Mix(Fold(hash ^ Join(text)));
        }

        var last = text.Length - CharsPerWord;
        for (var at = 0; at < last; at += CharsPerWord)
        {
            hash = Fold(hash ^ WordAt(text, at));
        }

        // The last four, some of which may have been taken in before: no loop of an unforeseen length for what is left.
        return Mix(Fold(hash ^ WordAt(text, last)));
    }

    /// <summary>The same for one of several hashes of a text.</summary>
    public static ulong Of(ReadOnlySpan<char> text, ulong salt) => Mix(Of(text) + (salt * Factor));

    /// <summary>Spreads every bit over all of them; a bijection (Stafford's variant 13 of MurmurHash3's finisher).</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private static ulong WordAt(ReadOnlySpan<char> text, int at)
    {
        var word = text.Slice(at, CharsPerWord);
        return BitConverter.IsLittleEndian ? MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(word)) : Join(word);
    }

    // As a processor with the low byte first has it in memory.
    private static ulong Join(ReadOnlySpan<char> few)
    {
        var word = 0UL;
        for (var i = few.Length - 1; i >= 0; i--)
        {
            word = (word << BitsPerChar) | few[i];
        }

        return word;
    }

    private static ulong Fold(ulong value)
    {
        var high = Math.BigMul(value, Factor, out var low);
        return high ^ low;
    }
}
