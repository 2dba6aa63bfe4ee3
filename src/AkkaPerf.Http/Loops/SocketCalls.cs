using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace AkkaPerf.Http.Loops;

/// <summary>The kernel's own receive and send, for sockets that do not block: what stands before them in the runtime takes longer than what is left of them.</summary>
internal static partial class SocketCalls
{
    // A connection that has ended is an error and no signal.
    private const int NoSignal = 0x4000;

    /// <summary>Receives some bytes; 0 at the end.</summary>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public static int Receive(SafeHandle socket, Span<byte> bytes, out SocketError error) => Told(Receive(socket, bytes, (nuint)bytes.Length, 0), out error);

    /// <summary>Sends some bytes.</summary>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public static int Send(SafeHandle socket, Span<byte> bytes, out SocketError error) => Told(Send(socket, bytes, (nuint)bytes.Length, NoSignal), out error);

    private static int Told(nint count, out SocketError error)
    {
        if (count >= 0)
        {
            error = SocketError.Success;
            return (int)count;
        }

        error = ErrorOf(Marshal.GetLastPInvokeError());
        return 0;
    }

    // The numbers are Linux's (errno(3)), on x64 and arm64.
    private static SocketError ErrorOf(int number) => number switch
    {
        1 or 13 => SocketError.AccessDenied,
        4 => SocketError.Interrupted,
        9 => SocketError.OperationAborted,
        11 => SocketError.WouldBlock,
        12 or 105 => SocketError.NoBufferSpaceAvailable,
        22 => SocketError.InvalidArgument,
        32 => SocketError.Shutdown,
        100 => SocketError.NetworkDown,
        101 => SocketError.NetworkUnreachable,
        102 => SocketError.NetworkReset,
        103 => SocketError.ConnectionAborted,
        104 => SocketError.ConnectionReset,
        107 => SocketError.NotConnected,
        110 => SocketError.TimedOut,
        111 => SocketError.ConnectionRefused,
        112 => SocketError.HostDown,
        113 => SocketError.HostUnreachable,
        _ => SocketError.SocketError,
    };

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(SafeHandle socket, Span<byte> bytes, nuint count, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(SafeHandle socket, Span<byte> bytes, nuint count, int flags);
}
