namespace AkkaPerf.Browser.Tests;

/// <summary>The backends of a test.</summary>
internal sealed class Origins(params TestOrigin[] all) : IAsyncDisposable
{
    public string Hocon => string.Join(", ", all.Select(static origin => origin.Hocon));

    public TestOrigin this[int index] => all[index];

    public async ValueTask DisposeAsync()
    {
        foreach (var origin in all)
        {
            await origin.DisposeAsync();
        }
    }
}
