namespace AkkaPerf.Http.Tests.Loopback;

/// <summary>Waits for what can only be looked at: figures that follow an event with no signal of their own.</summary>
internal static class Until
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static async Task TrueAsync(Func<bool> condition, string what)
    {
        using var timeout = new CancellationTokenSource(Limit);
        while (!condition())
        {
            Assert.False(timeout.IsCancellationRequested, $"Never came true: {what}");
            await Task.Yield();
        }
    }

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        using var timeout = new CancellationTokenSource(Limit);
        while (!await condition())
        {
            Assert.False(timeout.IsCancellationRequested, $"Never came true: {what}");
        }
    }
}
