using System.Runtime.InteropServices;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Connections;

/// <summary>One thing the pool's state wants done, in its order.</summary>
/// <param name="Kind">What.</param>
/// <param name="Slot">With which connection; null if with none.</param>
/// <param name="Waiter">For whom; null if for nobody.</param>
/// <param name="Cause">Why, where a failure is the reason.</param>
/// <param name="Held">How long a lease has been held, in timestamps.</param>
/// <param name="Count">How many are concerned.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PoolEffect(
    PoolEffectKind Kind,
    PooledConnection? Slot = null,
    ILeaseWaiter? Waiter = null,
    Exception? Cause = null,
    long Held = 0,
    int Count = 0)
{
    /// <summary>Ends the wait of somebody whom this pool will not serve, as that one prefers.</summary>
    public static PoolEffect RefuseFor(ILeaseWaiter waiter, Exception? cause) =>
        new(waiter.PrefersFailure ? PoolEffectKind.RefuseUnconnected : PoolEffectKind.Refuse, Waiter: waiter, Cause: cause);
}
