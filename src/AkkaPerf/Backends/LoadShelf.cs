using System.Runtime.InteropServices;

namespace AkkaPerf.Backends;

/// <summary>Where the loads of backends stand: side by side, each in a cache line of its own. Any thread.</summary>
/// <remarks>
/// A policy looks at the loads of several backends at once; with the backends, which are many times larger, ten thousand of them would fill
/// neither caches nor page tables well. A place is never given twice: what is in flight on a backend that has left still counts there. A block
/// goes when none of its backends is left.
/// </remarks>
internal sealed class LoadShelf
{
    private const int LineBytes = 64;

    private readonly Lock _gate = new();
    private readonly int _loadsPerBlock;
    private long[] _block = [];
    private nint _next;
    private int _left;

    /// <param name="loadsPerBlock">How many share a block.</param>
    public LoadShelf(int loadsPerBlock = 64) => _loadsPerBlock = loadsPerBlock;

    /// <summary>A place for one more.</summary>
    public LoadPlace Take()
    {
        lock (_gate)
        {
            if (_left == 0)
            {
                // A line more, since it may begin anywhere; pinned, so that what begins with a line keeps doing so.
                _block = GC.AllocateArray<long>((_loadsPerBlock + 1) * LineBytes / sizeof(long), pinned: true);
                _next = (Marshal.UnsafeAddrOfPinnedArrayElement(_block, 0) + LineBytes - 1) & -LineBytes;
                _left = _loadsPerBlock;
            }

            var place = new LoadPlace(_block, _next);
            _next += LineBytes;
            _left--;
            return place;
        }
    }
}
