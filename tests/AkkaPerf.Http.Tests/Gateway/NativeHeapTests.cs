using System.Diagnostics;
using System.Runtime.InteropServices;
using AkkaPerf.Gateway;

namespace AkkaPerf.Http.Tests.Gateway;

/// <summary>Memory outside of what is collected.</summary>
public sealed class NativeHeapTests
{
    private const int Blocks = 4_096;
    private const int BlockBytes = 64 * 1024;

    [SkippableFact]
    public void What_has_been_freed_between_what_is_used_is_given_back_to_the_system()
    {
        Skip.IfNot(File.Exists("/proc/self/maps") && File.ReadAllText("/proc/self/maps").Contains("/libc.so.6", StringComparison.Ordinal), "The C library is not GNU's.");
        var content = new byte[BlockBytes];
        var blocks = new nint[Blocks];
        for (var i = 0; i < Blocks; i++)
        {
            blocks[i] = Marshal.AllocHGlobal(BlockBytes);
            Marshal.Copy(content, 0, blocks[i], BlockBytes);
        }

        // The last one stays: the allocator gives nothing back by itself that is below it.
        for (var i = 0; i < Blocks - 1; i++)
        {
            Marshal.FreeHGlobal(blocks[i]);
        }

        var before = Resident();
        Assert.True(NativeHeap.TryTrim());

        // Others take memory meanwhile: half of it is more than they do.
        Assert.InRange(before - Resident(), Blocks * (long)BlockBytes / 2, long.MaxValue);
        Marshal.FreeHGlobal(blocks[^1]);
    }

    private static long Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
