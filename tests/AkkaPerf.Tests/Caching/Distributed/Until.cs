using AkkaPerf.TestKit;

namespace AkkaPerf.Tests.Caching.Distributed;

/// <summary>Waits for what another thread brings about and gives no signal of.</summary>
internal static class Until
{
    public static Task So(Func<bool> isSo, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(isSo))] string what = "") =>
        Patience.UntilAsync(isSo, () => what, CancellationToken.None);
}
