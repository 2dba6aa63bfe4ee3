using System.Runtime.CompilerServices;
using Microsoft.Playwright;

namespace AkkaPerf.Browser.Tests;

/// <summary>The dashboard in a window of its own, and all that the browser complains of.</summary>
internal sealed class DashboardPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    private DashboardPage(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                Complaints.Add(message.Text);
            }
        };
        page.PageError += (_, error) => Complaints.Add(error);
        page.Request += (_, request) => Asked.Add(request.Url);
    }

    public IPage Page { get; }

    /// <summary>What it said on the console, and what went wrong in it.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>Where it has been asking.</summary>
    public List<string> Asked { get; } = [];

    public ILocator Headline => Page.Locator("#headline");

    public static async Task<DashboardPage> OpenAsync(IBrowser browser, Uri admin, BrowserNewContextOptions? options = null)
    {
        var context = await browser.NewContextAsync(options ?? new BrowserNewContextOptions { ViewportSize = new() { Width = 1440, Height = 1000 } });
        var page = await context.NewPageAsync();
        var dashboard = new DashboardPage(context, page);
        await page.GotoAsync(admin.ToString());
        return dashboard;
    }

    public ILocator Station(string name) => Page.Locator($"[data-station={name}]");

    public ILocator Backend(string id) => Page.Locator($"[data-backend={id}]");

    public Task<string> StateOfAsync(string id) => Backend(id).Locator(".state").InnerTextAsync();

    /// <summary>Waits until a backend is in a state.</summary>
    public Task BecomesAsync(string id, string state) => Page.Locator($"[data-backend={id}][data-state={state}]").WaitForAsync();

    /// <summary>Waits until something holds of the page.</summary>
    /// <remarks>Asked from outside: what Playwright would have the page ask itself needs an eval, which the page forbids.</remarks>
    public Task HoldsAsync(string expression) => Http.Tests.Loopback.Until.TrueAsync(
        async () =>
        {
            await Page.WaitForTimeoutAsync(50);
            return await Page.EvaluateAsync<bool>(expression);
        },
        expression);

    /// <summary>Keeps a picture among the test's output.</summary>
    public Task PictureAsync(string name, bool isWhole = true) =>
        Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Root(), "artifacts", "Screenshots", $"{name}.png"), FullPage = isWhole });

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));
}
