using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace AkkaPerf.Http.Loops;

/// <summary>The Linux kernel's readiness of sockets, edge-triggered: what has become ready is told once (epoll(7)).</summary>
internal static partial class Epoll
{
    /// <summary>There is something to read, or the end.</summary>
    public const uint Readable = 0x1;

    /// <summary>There is room to write.</summary>
    public const uint Writable = 0x4;

    /// <summary>An error is to be fetched.</summary>
    public const uint Error = 0x8;

    /// <summary>Both directions have ended.</summary>
    public const uint HangUp = 0x10;

    /// <summary>The other end writes no more.</summary>
    public const uint ReadHangUp = 0x2000;

    private const uint EdgeTriggered = 1u << 31;
    private const int Add = 1;
    private const int Remove = 2;
    private const int CloseOnExec = 0x80000;
    private const int Interrupted = 4;

    // The kernel's record of an event is packed on x64 and nowhere else.
    private static readonly int DataAt = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    /// <summary>How many bytes an event takes.</summary>
    public static int EventBytes => DataAt + sizeof(long);

    /// <summary>Whether this machine has it.</summary>
    public static bool IsSupported { get; } =
        OperatingSystem.IsLinux() && BitConverter.IsLittleEndian && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64 && CanOpen();

    /// <summary>Opens a set of sockets to wait for.</summary>
    /// <exception cref="Win32Exception">The process has too many files open.</exception>
    public static int Open()
    {
        var set = Create(CloseOnExec);
        return set >= 0 ? set : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    /// <summary>Takes a socket into a set, with a number of one's own to know it by.</summary>
    /// <exception cref="Win32Exception">The system has no room for it.</exception>
    public static void Watch(int set, SafeHandle socket, long key)
    {
        Span<byte> record = stackalloc byte[EventBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(record, Readable | Writable | ReadHangUp | EdgeTriggered);
        BinaryPrimitives.WriteInt64LittleEndian(record[DataAt..], key);
        if (Control(set, Add, socket, record) < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Takes a socket out of a set; to be called before it is closed, since another process may still have it.</summary>
    public static void Forget(int set, SafeHandle socket)
    {
        Span<byte> record = stackalloc byte[EventBytes];
        _ = Control(set, Remove, socket, record);
    }

    /// <summary>Waits until something is ready; how many events there are.</summary>
    /// <exception cref="Win32Exception">The set is of no use.</exception>
    public static int Wait(int set, Span<byte> events)
    {
        int count;
        do
        {
            count = Wait(set, events, events.Length / EventBytes, timeout: -1);
        }
        while (count < 0 && Marshal.GetLastPInvokeError() == Interrupted);

        return count >= 0 ? count : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    /// <summary>What an event is, and whose.</summary>
    public static (uint Events, long Key) Read(ReadOnlySpan<byte> events, int index)
    {
        var one = events.Slice(index * EventBytes, EventBytes);
        return (BinaryPrimitives.ReadUInt32LittleEndian(one), BinaryPrimitives.ReadInt64LittleEndian(one[DataAt..]));
    }

    private static bool CanOpen()
    {
        try
        {
            var set = Create(CloseOnExec);
            return set >= 0 && Close(set) == 0;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int set, int operation, SafeHandle socket, Span<byte> record);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int Wait(int set, Span<byte> events, int most, int timeout);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);
}
