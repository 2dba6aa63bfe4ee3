using System.Text.Json;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Admin;

/// <summary>Reads the dashboard's events as a browser would.</summary>
internal sealed class Viewer : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;

    private Viewer(HttpResponseMessage response, Stream stream)
    {
        _response = response;
        _reader = new StreamReader(stream);
    }

    public static async Task<Viewer> OpenAsync(Proxy proxy)
    {
        var response = await proxy.Client.GetAsync("/-/events", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new Viewer(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event, which must be of this name.</summary>
    public async Task<JsonElement> NextAsync(string name)
    {
        using var timeout = new CancellationTokenSource(Limit);
        Assert.Equal($"event: {name}", await _reader.ReadLineAsync(timeout.Token));
        var data = await _reader.ReadLineAsync(timeout.Token);
        Assert.StartsWith("data: ", data, StringComparison.Ordinal);
        Assert.Equal("", await _reader.ReadLineAsync(timeout.Token));
        using var document = JsonDocument.Parse(data!["data: ".Length..]);
        return document.RootElement.Clone();
    }

    /// <summary>Reads on until there is no more.</summary>
    public async Task<bool> EndsAsync()
    {
        using var timeout = new CancellationTokenSource(Limit);
        await _reader.ReadToEndAsync(timeout.Token);
        return true;
    }

    public void Dispose()
    {
        _reader.Dispose();
        _response.Dispose();
    }
}
