namespace AkkaPerf.Browser.Tests;

/// <summary>Callers that ask again and again until they are told to stop; one in three asks for something that is kept.</summary>
internal sealed class Load : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _client;
    private readonly Task[] _callers;

    public Load(Uri address, int callers)
    {
        _client = new HttpClient { BaseAddress = address };
        _callers = [.. Enumerable.Range(0, callers).Select(caller => Task.Run(() => AskAsync(caller)))];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_callers);
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task AskAsync(int caller)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                using var response = await _client.GetAsync(i % 3 == 0 ? $"/kept/{i / 3 % 17 * (i % 2)}" : $"/asked/{caller}/{i}", _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
        catch (HttpRequestException)
        {
            // The gateway is gone, which is what the test is about.
        }
    }
}
