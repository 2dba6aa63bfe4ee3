using System.Collections.Concurrent;
using ZstdSharp.Unsafe;

namespace AkkaPerf.Http.Compression;

/// <summary>Coders of Zstandard that nobody uses: their tables are large, and need not be made anew for each body.</summary>
internal sealed class ZstdCoders
{
    // 128 KiB: half of what is won by more is lost to a processor's cache, and it is what an open response holds of our memory.
    private const int WindowLog = 17;

    private readonly ConcurrentBag<ZstdSharp.Compressor> _idle = [];
    private readonly int _most;
    private int _count;

    /// <summary>Keeps so many at most.</summary>
    public ZstdCoders(int most) => _most = most;

    /// <summary>A coder that is ready to begin, for one body.</summary>
    public ZstdSharp.Compressor Take(int level, long? length)
    {
        if (_idle.TryTake(out var coder))
        {
            Interlocked.Decrement(ref _count);
            if (coder.Level != level)
            {
                coder.Level = level;
            }
        }
        else
        {
            coder = new ZstdSharp.Compressor(level);
            coder.SetParameter(ZSTD_cParameter.ZSTD_c_windowLog, WindowLog);
        }

        if (length is { } known)
        {
            coder.SetPledgedSrcSize((ulong)known);
        }

        return coder;
    }

    /// <summary>Takes one back, in whatever state.</summary>
    public void GiveBack(ZstdSharp.Compressor coder)
    {
        if (Interlocked.Increment(ref _count) > _most)
        {
            Interlocked.Decrement(ref _count);
            coder.Dispose();
            return;
        }

        coder.ResetStream();
        _idle.Add(coder);
    }
}
