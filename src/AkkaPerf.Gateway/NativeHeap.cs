using System.Runtime.InteropServices;

namespace AkkaPerf.Gateway;

/// <summary>Gives memory that the runtime's own code has freed back to the system, from time to time.</summary>
/// <remarks>
/// The C library's allocator keeps it for later, for each thread that ever took some: what the compiler needed while the gateway started, and whenever
/// it has compiled since, would be the process's for ever. A pass stops nobody but who allocates there just then.
/// </remarks>
internal sealed class NativeHeap : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Gives it back; false where the C library has no such call, which only GNU's has.</summary>
    public static bool TryTrim()
    {
        try
        {
            _ = Trim(0);
            return true;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (TryTrim() && await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
    }

    [DllImport("libc.so.6", EntryPoint = "malloc_trim", ExactSpelling = true)]
    private static extern int Trim(nuint pad);
}
