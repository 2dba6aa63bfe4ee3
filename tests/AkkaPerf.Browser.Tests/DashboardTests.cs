using System.Globalization;
using System.Text.Json;
using AkkaPerf.Http.Tests.Gateway;
using Microsoft.Playwright;

namespace AkkaPerf.Browser.Tests;

/// <summary>The dashboard in a real browser, before a real gateway.</summary>
public sealed class DashboardTests : IClassFixture<BrowserFixture>
{
    private const string Listen = "listen = [\"http://127.0.0.1:0\"], admin.listen = \"http://127.0.0.1:0\"";

    private readonly BrowserFixture _fixture;

    public DashboardTests(BrowserFixture fixture) => _fixture = fixture;

    [SkippableFact]
    public async Task Figures_move_under_load()
    {
        var browser = _fixture.Browser;
        await using var origins = new Origins(await TestOrigin.StartAsync("a"), await TestOrigin.StartAsync("b"), await TestOrigin.StartAsync("c"));
        await using var gateway = await StartAsync(origins, "balancing.trace = 0.01");
        await using var dashboard = await DashboardPage.OpenAsync(browser, gateway.Admin);
        await dashboard.HoldsAsync("document.querySelector('#headline').dataset.level === 'good'");
        Assert.Equal("0/s", await dashboard.Station("Requests").Locator(".figure").InnerTextAsync());
        await using (new Load(gateway.Address, callers: 4))
        {
            await dashboard.HoldsAsync("parseFloat((document.querySelector('[data-station=Requests] .figure')?.textContent ?? '')) > 1");
            await dashboard.HoldsAsync("parseFloat((document.querySelector('[data-station=Cache] .figure')?.textContent ?? '')) > 1");
            await dashboard.HoldsAsync("/[1-9].* (ms|µs)/.test((document.querySelector('[data-station=Backends] .figure')?.textContent ?? ''))");
            await dashboard.HoldsAsync("[...document.querySelectorAll('.chart .figure')].filter(figure => /[1-9]/.test(figure.textContent)).length >= 3");
            await dashboard.HoldsAsync("document.querySelectorAll('#decisions li:not(.empty)').length > 3");
            await dashboard.HoldsAsync("[...document.querySelectorAll('#keys .what')].some(key => key.textContent.includes('/kept/'))");
            foreach (var id in new[] { "a", "b", "c" })
            {
                await dashboard.HoldsAsync($"document.querySelector('[data-backend={id}] polyline').getAttribute('points').split(' ').length > 2");
                Assert.Equal("healthy", await dashboard.StateOfAsync(id));
            }
        }

        Assert.Empty(dashboard.Complaints);
        Assert.All(dashboard.Asked, url => Assert.StartsWith(gateway.Admin.ToString(), url, StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task A_killed_backend_turns_red_within_its_fall_time_and_green_after_its_return()
    {
        // Three probes in a row, each at most a fifth later than a second after the last, and as long as it may take.
        var fallTime = TimeSpan.FromSeconds(3 * (1.2 + 1));
        var browser = _fixture.Browser;
        await using var origins = new Origins(await TestOrigin.StartAsync("a"), await TestOrigin.StartAsync("b"));
        await using var gateway = await StartAsync(origins, "health { interval = 1s, timeout = 1s, fall = 3, rise = 2 }");
        await using var dashboard = await DashboardPage.OpenAsync(browser, gateway.Admin);
        await dashboard.BecomesAsync("a", "healthy");
        await dashboard.BecomesAsync("b", "healthy");
        var killedAt = TimeProvider.System.GetUtcNow();
        await origins[0].KillAsync();
        await dashboard.BecomesAsync("a", "unhealthy");
        Assert.InRange(await SinceAsync(gateway, "a") - killedAt, TimeSpan.Zero, fallTime);
        Assert.Equal("rgb(195, 52, 43)", await dashboard.Backend("a").Locator(".state").EvaluateAsync<string>("state => getComputedStyle(state).color"));
        Assert.Contains("Backend a is unhealthy", await dashboard.Headline.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal("1 of 2", await dashboard.Station("Balancer").Locator(".figure").InnerTextAsync());
        Assert.Equal("healthy", await dashboard.StateOfAsync("b"));
        await dashboard.PictureAsync("backend-down");

        await origins[0].StartAsync();
        await dashboard.BecomesAsync("a", "healthy");
        Assert.Equal("rgb(26, 127, 75)", await dashboard.Backend("a").Locator(".state").EvaluateAsync<string>("state => getComputedStyle(state).color"));
        await dashboard.HoldsAsync("document.querySelector('#headline').dataset.level === 'good'");
        Assert.Empty(dashboard.Complaints);
    }

    [SkippableFact]
    public async Task An_action_acts_once_it_is_confirmed()
    {
        var browser = _fixture.Browser;
        await using var origins = new Origins(await TestOrigin.StartAsync("a"), await TestOrigin.StartAsync("b"));
        await using var gateway = await StartAsync(origins, "");
        await using var dashboard = await DashboardPage.OpenAsync(browser, gateway.Admin);
        var page = dashboard.Page;
        await dashboard.BecomesAsync("a", "healthy");
        await page.GetByRole(AriaRole.Button, new() { Name = "Actions for a" }).ClickAsync();
        await dashboard.PictureAsync("actions", isWhole: false);
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        Assert.Equal("healthy", await dashboard.StateOfAsync("a"));

        await page.GetByRole(AriaRole.Button, new() { Name = "Actions for a" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Drain: a" }).ClickAsync();
        await dashboard.BecomesAsync("a", "draining");
        Assert.Contains("drained by hand", await dashboard.Backend("a").InnerTextAsync(), StringComparison.Ordinal);
        await dashboard.HoldsAsync("(document.querySelector('#toast')?.textContent ?? '') === 'Done. Drain: a'");

        // By keyboard alone.
        await page.GetByRole(AriaRole.Button, new() { Name = "Actions for a" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("dialog[open]").WaitForAsync();
        await page.Keyboard.PressAsync("Enter");
        await dashboard.BecomesAsync("a", "healthy");

        await page.GetByRole(AriaRole.Button, new() { Name = "Actions for b" }).ClickAsync();
        await page.Locator("dialog input[type=number]").FillAsync("7");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set the weight: b" }).ClickAsync();
        await dashboard.HoldsAsync("(document.querySelector('[data-backend=b] [data-label=Weight]')?.textContent ?? '') === '7'");

        await page.GetByLabel("Policy").SelectOptionAsync("random");
        await page.Locator("form.field:has(select[name=policy]) button").ClickAsync();
        await page.Locator("dialog button.primary").ClickAsync();
        await dashboard.HoldsAsync("(document.querySelector('[data-station=Balancer]')?.textContent ?? '').includes('random')");
        await page.GetByLabel("Permits").FillAsync("9");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("dialog button.primary").ClickAsync();
        await dashboard.HoldsAsync("(document.querySelector('[data-station=Permits]')?.textContent ?? '').includes('of 9')");
        Assert.Empty(dashboard.Complaints);
    }

    [SkippableFact]
    public async Task What_is_kept_can_be_purged_and_warmed()
    {
        var browser = _fixture.Browser;
        await using var origins = new Origins(await TestOrigin.StartAsync("a"));
        await using var gateway = await StartAsync(origins, "");
        await using var dashboard = await DashboardPage.OpenAsync(browser, gateway.Admin);
        var page = dashboard.Page;
        await dashboard.BecomesAsync("a", "healthy");
        using var client = new HttpClient { BaseAddress = gateway.Address };
        var url = new Uri(gateway.Address, "/kept/1").AbsoluteUri;
        Assert.Contains("fwd=uri-miss", await AskAsync(), StringComparison.Ordinal);
        Assert.Contains("hit", await AskAsync(), StringComparison.Ordinal);

        // Nothing is done by who thinks better of it.
        await page.GetByRole(AriaRole.Button, new() { Name = "Purge or warm…" }).ClickAsync();
        await dashboard.PictureAsync("purge", isWhole: false);
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        Assert.Contains("hit", await AskAsync(), StringComparison.Ordinal);

        await DoAsync("Purge by URL", url, isSoft: false);
        Assert.Contains("fwd=uri-miss", await AskAsync(), StringComparison.Ordinal);
        await DoAsync("Purge by prefix", gateway.Address.AbsoluteUri, isSoft: true);
        Assert.Contains("fwd=stale", await AskAsync(), StringComparison.Ordinal);
        await DoAsync("Purge by tag", "one two", isSoft: false);
        Assert.Contains("hit", await AskAsync(), StringComparison.Ordinal);
        await DoAsync("Purge by prefix", gateway.Address.AbsoluteUri, isSoft: false);
        await DoAsync("Warm", url, isSoft: false);
        Assert.Contains("hit", await AskAsync(), StringComparison.Ordinal);

        // What is wrong is said.
        await OpenAsync("Purge by URL", "/kept/1");
        await page.Locator("dialog button.primary").ClickAsync();
        await dashboard.HoldsAsync("(document.querySelector('#toast.bad')?.textContent ?? '').startsWith(\"'/kept/1' is no address\")");
        Assert.DoesNotContain(dashboard.Complaints, static complaint => !complaint.Contains("400", StringComparison.Ordinal));

        async Task<string> AskAsync()
        {
            using var response = await client.GetAsync(url);
            return response.Headers.GetValues("Cache-Status").Single();
        }

        async Task OpenAsync(string choice, string names)
        {
            await page.GetByRole(AriaRole.Button, new() { Name = "Purge or warm…" }).ClickAsync();
            await page.Locator("dialog label", new() { HasText = choice }).ClickAsync();
            await page.GetByLabel("Which, separated by spaces").FillAsync(names);
        }

        async Task DoAsync(string choice, string names, bool isSoft)
        {
            await OpenAsync(choice, names);
            if (isSoft)
            {
                await page.Locator("dialog input[name=soft]").CheckAsync();
            }

            await page.Locator("dialog button.primary").ClickAsync();
            await dashboard.HoldsAsync($"(document.querySelector('#toast')?.textContent ?? '') === 'Done. {choice}{(isSoft ? ", softly" : "")}: {names}'");
        }
    }

    [SkippableFact]
    public async Task Load_that_is_shed_is_seen_and_explained()
    {
        var browser = _fixture.Browser;
        await using var origins = new Origins(await TestOrigin.StartAsync("slow", TimeSpan.FromMilliseconds(200)));
        await using var gateway = await StartAsync(origins, "throttle { concurrency = 2, queue = 2 }");
        await using var dashboard = await DashboardPage.OpenAsync(browser, gateway.Admin);
        await dashboard.BecomesAsync("slow", "healthy");
        await using (new Load(gateway.Address, callers: 12))
        {
            await dashboard.HoldsAsync("(document.querySelector('#headline-text')?.textContent ?? '') === 'Load is shed: queue full.'");
            await dashboard.HoldsAsync("/refused in a minute: .*[1-9].* queue full/.test((document.querySelector('[data-station=Permits]')?.textContent ?? ''))");
            await dashboard.HoldsAsync("(document.querySelector('#refusals .why')?.textContent ?? '').includes('2 of 2 permits in use')");
            await dashboard.PictureAsync("shed");
        }

        Assert.Empty(dashboard.Complaints);
    }

    [SkippableFact]
    public async Task A_gateway_that_stops_shows_and_one_that_comes_back_too()
    {
        var browser = _fixture.Browser;
        await using var origins = new Origins(await TestOrigin.StartAsync("a"));
        var gateway = await StartAsync(origins, "");
        var admin = gateway.Admin;
        await using var dashboard = await DashboardPage.OpenAsync(browser, admin);
        await dashboard.BecomesAsync("a", "healthy");
        gateway.Terminate();
        Assert.Equal(0, await gateway.ExitAsync());
        await dashboard.HoldsAsync("document.body.dataset.link === 'down'");
        Assert.StartsWith("The gateway cannot be reached since ", await dashboard.Headline.InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal("bad", await dashboard.Headline.GetAttributeAsync("data-level"));
        await dashboard.PictureAsync("unreachable");
        await gateway.DisposeAsync();

        await using var again = GatewayProcess.Start(Hocon(origins, "", $"listen = [\"http://127.0.0.1:0\"], admin.listen = \"http://127.0.0.1:{admin.Port}\""), "--config", "$FILE");
        await again.StartedAsync();
        await dashboard.HoldsAsync("document.body.dataset.link === 'up' && document.querySelector('#headline').dataset.level === 'good'");
    }

    [SkippableFact]
    public async Task The_token_is_asked_for_as_browsers_do()
    {
        const string Token = "correct-horse-battery-staple";
        var browser = _fixture.Browser;
        await using var origins = new Origins(await TestOrigin.StartAsync("a"));
        await using var gateway = GatewayProcess.Start(Hocon(origins, "", $"listen = [\"http://127.0.0.1:0\"], admin {{ listen = \"http://127.0.0.1:0\", token = \"{Token}\" }}\n"), "--config", "$FILE");
        await gateway.StartedAsync();
        await using var dashboard = await DashboardPage.OpenAsync(browser, gateway.Admin, new() { HttpCredentials = new() { Username = "operator", Password = Token } });
        await dashboard.BecomesAsync("a", "healthy");
        await dashboard.Page.GetByRole(AriaRole.Button, new() { Name = "Actions for a" }).ClickAsync();
        await dashboard.Page.GetByRole(AriaRole.Button, new() { Name = "Drain: a" }).ClickAsync();
        await dashboard.BecomesAsync("a", "draining");
    }

    [SkippableTheory]
    [InlineData("light", 1440, ColorScheme.Light)]
    [InlineData("dark", 1440, ColorScheme.Dark)]
    [InlineData("small", 1300, ColorScheme.Light)]
    [InlineData("tablet", 1000, ColorScheme.Light)]
    [InlineData("narrow", 390, ColorScheme.Light)]
    public async Task It_fits_and_keeps_still(string name, int width, ColorScheme scheme)
    {
        var browser = _fixture.Browser;
        await using var origins = new Origins(
            await TestOrigin.StartAsync("east-1"), await TestOrigin.StartAsync("east-2"), await TestOrigin.StartAsync("west-1", TimeSpan.FromMilliseconds(20)));
        await using var gateway = await StartAsync(origins, "balancing.trace = 0.01");
        await using (new Load(gateway.Address, callers: 6))
        {
            await using var dashboard = await DashboardPage.OpenAsync(
                browser, gateway.Admin, new() { ViewportSize = new() { Width = width, Height = 1000 }, ColorScheme = scheme });
            await dashboard.Page.EvaluateAsync(
                "() => { window.shift = 0; window.shifted = []; new PerformanceObserver(list => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) { window.shift += entry.value; for (const source of entry.sources) window.shifted.push(`${source.node?.nodeName}#${source.node?.id}.${source.node?.className} ${source.previousRect.y} to ${source.currentRect.y}`); } }).observe({ type: 'layout-shift', buffered: true }); }");

            // Long enough for every figure to have been there and changed.
            await dashboard.HoldsAsync("document.querySelector('[data-backend=west-1] polyline')?.getAttribute('points').split(' ').length > 8");
            await dashboard.HoldsAsync("document.querySelectorAll('#keys li:not(.empty)').length > 5 && document.querySelectorAll('#decisions li:not(.empty)').length > 5");
            await dashboard.PictureAsync(name);
            var shift = await dashboard.Page.EvaluateAsync<double>("window.shift");
            var shifted = await dashboard.Page.EvaluateAsync<string[]>("window.shifted");
            Assert.True(shift < 0.05, string.Create(CultureInfo.InvariantCulture, $"The layout shifted by {shift}: {string.Join("; ", shifted)}."));
            Assert.True(await dashboard.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));

            // Whatever the figures are.
            Assert.True(await dashboard.Page.EvaluateAsync<bool>(
                "(() => { const before = document.querySelector('.charts').offsetHeight; document.querySelectorAll('.legend-value').forEach(value => value.textContent = '999 ms'); return document.querySelector('.charts').offsetHeight === before; })()"));
            Assert.Empty(dashboard.Complaints);
        }
    }

    private static async Task<GatewayProcess> StartAsync(Origins origins, string pipeline)
    {
        var gateway = GatewayProcess.Start(Hocon(origins, pipeline, Listen), "--config", "$FILE");
        await gateway.StartedAsync();
        return gateway;
    }

    private static string Hocon(Origins origins, string pipeline, string gateway) => $$"""
        akkaperf.gateway {
          {{gateway}}
          routes = [{ match = "/{**path}", pipeline = shop }]
        }
        akkaperf.pipelines.shop {
          backends = [{{origins.Hocon}}]
          {{pipeline}}
        }
        """;

    private static async Task<DateTimeOffset> SinceAsync(GatewayProcess gateway, string id)
    {
        using var client = new HttpClient();
        using var backends = JsonDocument.Parse(await client.GetStringAsync(new Uri(gateway.Admin, "/pipelines/shop/backends")));
        return backends.RootElement.EnumerateArray().First(backend => backend.GetProperty("id").GetString() == id).GetProperty("since").GetDateTimeOffset();
    }
}
