using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace AkkaPerf.Statistics;

/// <summary>Asks for memory before it is needed. Nothing waits for it, unlike for a read, which an atomic step waits for; where the processor has no such thing nothing happens.</summary>
internal static class CacheLines
{
    private const int Bytes = 64;

    /// <summary>Asks for the line of a field.</summary>
    public static unsafe void Ask<T>(ref readonly T field)
    {
        if (Sse.IsSupported)
        {
            // Only an address, which nobody follows: it does not matter if the collector moves what is there.
            Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.AsRef(in field)));
        }
    }

    /// <summary>Asks for the first lines of an object and what lies behind it, without reading anything of it.</summary>
    /// <param name="reference">Where the reference to it stands.</param>
    /// <param name="lines">How many.</param>
    public static unsafe void AskObject<T>(ref readonly T reference, int lines)
        where T : class
    {
        if (Sse.IsSupported)
        {
            var address = (byte*)Unsafe.As<T, nint>(ref Unsafe.AsRef(in reference));
            for (var line = 0; line < lines; line++)
            {
                Sse.Prefetch0(address + (line * Bytes));
            }
        }
    }
}
