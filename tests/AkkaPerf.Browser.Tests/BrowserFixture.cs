using Microsoft.Playwright;

namespace AkkaPerf.Browser.Tests;

/// <summary>The system's own Chromium, one for all tests of a class; none is downloaded.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    internal IBrowser Browser
    {
        get
        {
            Skip.If(_browser is null, "There is no Chromium on this machine: apt-get install chromium.");
            return _browser;
        }
    }

    public async Task InitializeAsync()
    {
        if (Array.Find(Places, File.Exists) is not { } program)
        {
            return;
        }

        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = program,

            // The sandbox needs a user other than root, and containers have little shared memory.
            Args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}
