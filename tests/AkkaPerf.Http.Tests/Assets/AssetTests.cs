using System.Globalization;
using AkkaPerf.Http.Tests.Compression;

namespace AkkaPerf.Http.Tests.Assets;

public sealed class AssetTests
{
    private const string Modified = "Fri, 02 Jan 2026 03:04:05 GMT";
    private const string Text = "0123456789abcdefghij";

    [Theory]
    [InlineData(0)]
    [InlineData(1024)]
    public async Task A_file_comes_with_all_that_it_takes_to_keep_it(long inMemory)
    {
        await using var app = await AssetApp.StartAsync(new AssetFolder().With("a.html", Text), options => options.MaxFileInMemory = inMemory);
        var get = await app.AskAsync("/a.html");
        Assert.Equal((200, Text), (get.Status, get.Text));
        Assert.Equal("text/html; charset=utf-8", get["Content-Type"]);
        Assert.Equal("20", get["Content-Length"]);
        Assert.Equal(Modified, get["Last-Modified"]);
        Assert.Equal("no-cache", get["Cache-Control"]);
        Assert.Equal("bytes", get["Accept-Ranges"]);
        Assert.Matches("^\"[0-9a-f]+-[0-9a-f]+\"$", get["ETag"]);
        Assert.Equal("", get["Vary"]);
        var head = await app.AskAsync("/a.html", method: "HEAD");
        Assert.Equal((200, ""), (head.Status, head.Text));
        Assert.All(["Content-Type", "Content-Length", "Last-Modified", "Cache-Control", "Accept-Ranges", "ETag"], name => Assert.Equal(get[name], head[name]));
    }

    [Theory]
    [InlineData("a.css", "text/css; charset=utf-8")]
    [InlineData("a.js", "text/javascript; charset=utf-8")]
    [InlineData("a.JSON", "application/json")]
    [InlineData("a.svg", "image/svg+xml")]
    [InlineData("a.wasm", "application/wasm")]
    [InlineData("a.woff2", "font/woff2")]
    [InlineData("a.unknown", "application/octet-stream")]
    [InlineData("a", "application/octet-stream")]
    [InlineData("sub/with space/ä.txt", "text/plain; charset=utf-8")]
    [InlineData(".well-known/security.txt", "text/plain; charset=utf-8")]
    public async Task A_name_says_the_type(string name, string type)
    {
        await using var app = await AssetApp.StartAsync(new AssetFolder().With(name, Text));
        var answer = await app.AskAsync(Uri.EscapeDataString(name).Replace("%2F", "/", StringComparison.Ordinal).Insert(0, "/"));
        Assert.Equal((200, type), (answer.Status, answer["Content-Type"]));
    }

    [Theory]
    [InlineData("app.3f2a9c1b.js", true)]
    [InlineData("sub/app-3f2a9c1b77.css", true)]
    [InlineData("app.deadbeef.js", false)]
    [InlineData("bootstrap-datepicker.js", false)]
    [InlineData("app.1234567.js", false)]
    [InlineData("3f2a9c1b/app.js", false)]
    public async Task What_changes_its_name_with_its_content_is_kept_for_a_year(string name, bool isImmutable)
    {
        await using var app = await AssetApp.StartAsync(new AssetFolder().With(name, Text), options => options.MaxAge = TimeSpan.FromMinutes(5));
        Assert.Equal(isImmutable ? "public, max-age=31536000, immutable" : "public, max-age=300", (await app.AskAsync("/" + name))["Cache-Control"]);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("MADEUP")]
    public async Task Files_can_be_read_and_nothing_else(string method)
    {
        await using var app = await AssetApp.StartAsync(new AssetFolder().With("a.txt", Text));
        var answer = await app.AskAsync("/a.txt", "Content-Length: 0\r\n", method);
        Assert.Equal((405, "GET, HEAD"), (answer.Status, answer["Allow"]));
    }

    [Theory]
    [InlineData("/", 200, "root")]
    [InlineData("/docs/", 200, "docs")]
    [InlineData("/docs/?a=b", 200, "docs")]
    [InlineData("/docs", 308, "")]
    [InlineData("/empty", 308, "")]
    [InlineData("/empty/", 404, null)]
    [InlineData("/a.txt/", 404, null)]
    [InlineData("/missing", 404, null)]
    [InlineData("/docs/missing/", 404, null)]
    [InlineData("//docs", 404, null)]
    [InlineData("/docs//index.html", 404, null)]
    public async Task A_directory_is_its_document(string target, int status, string? text)
    {
        var folder = new AssetFolder().With("index.html", "root").With("docs/index.html", "docs").With("empty/x/y.txt", "").With("a.txt", Text);
        await using var app = await AssetApp.StartAsync(folder);
        var answer = await app.AskAsync(target);
        Assert.Equal(status, answer.Status);
        Assert.True(text is null || answer.Text == text);
        Assert.Equal(status == 308 ? target + "/" : "", answer["Location"]);
    }

    [Fact]
    public async Task A_redirect_stays_on_the_site()
    {
        await using var app = await AssetApp.StartAsync(new AssetFolder().With("d ä/index.html", "x"));
        Assert.Equal("/d%20%C3%A4/?a=b", (await app.AskAsync("/d%20%C3%A4?a=b"))["Location"]);
    }

    [Fact]
    public async Task Without_a_document_a_directory_is_nothing()
    {
        await using var app = await AssetApp.StartAsync(new AssetFolder().With("docs/index.html", "docs"), options => options.DefaultDocument = "");
        Assert.Equal(404, (await app.AskAsync("/docs/")).Status);
        Assert.Equal(404, (await app.AskAsync("/docs")).Status);
        Assert.Equal(200, (await app.AskAsync("/docs/index.html")).Status);
    }

    [Fact]
    public async Task A_pattern_says_which_part_of_the_path_names_the_file()
    {
        await using var app = await AssetApp.StartAsync(new AssetFolder().With("docs/index.html", "docs").With("index.html", "root"), "/static/{**file}");
        Assert.Equal("docs", (await app.AskAsync("/static/docs/")).Text);
        Assert.Equal("root", (await app.AskAsync("/static/")).Text);
        Assert.Equal((308, "/static/"), ((await app.AskAsync("/static")).Status, (await app.AskAsync("/static"))["Location"]));
        Assert.Equal(404, (await app.AskAsync("/docs/")).Status);
        await using var one = await AssetApp.StartAsync(new AssetFolder().With("robots.txt", "none"), "/robots.txt");
        Assert.Equal("none", (await one.AskAsync("/robots.txt")).Text);
    }

    [Theory]
    [InlineData("If-None-Match: {etag}", 304)]
    [InlineData("If-None-Match: \"x\", W/{etag}", 304)]
    [InlineData("If-None-Match: *", 304)]
    [InlineData("If-None-Match: \"x\"", 200)]
    [InlineData("If-None-Match: \"x\"\r\nIf-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT", 200)]
    [InlineData("If-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT", 304)]
    [InlineData("If-Modified-Since: Fri, 02 Jan 2026 03:04:04 GMT", 200)]
    [InlineData("If-Modified-Since: yesterday", 200)]
    [InlineData("If-Match: {etag}", 200)]
    [InlineData("If-Match: *", 200)]
    [InlineData("If-Match: W/{etag}", 412)]
    [InlineData("If-Match: \"x\"", 412)]
    [InlineData("If-Match: \"x\"\r\nIf-None-Match: {etag}", 412)]
    [InlineData("If-Match: {etag}\r\nIf-None-Match: {etag}", 304)]
    [InlineData("If-Unmodified-Since: Fri, 02 Jan 2026 03:04:04 GMT", 412)]
    [InlineData("If-Unmodified-Since: Fri, 02 Jan 2026 03:04:05 GMT", 200)]
    [InlineData("If-Match: {etag}\r\nIf-Unmodified-Since: Fri, 02 Jan 2026 03:04:04 GMT", 200)]
    [InlineData("If-None-Match: {etag}\r\nRange: bytes=0-1", 304)]
    public async Task Section_13_2_2_of_RFC_9110_conditions(string conditions, int status)
    {
        await using var app = await AssetApp.StartAsync(new AssetFolder().With("a.txt", Text));
        var etag = (await app.AskAsync("/a.txt"))["ETag"];
        foreach (var method in new[] { "GET", "HEAD" })
        {
            var answer = await app.AskAsync("/a.txt", conditions.Replace("{etag}", etag, StringComparison.Ordinal) + "\r\n", method);
            Assert.Equal(status, answer.Status);
            if (status == 304)
            {
                Assert.Equal((etag, "no-cache", "", ""), (answer["ETag"], answer["Cache-Control"], answer["Content-Type"], answer.Text));
            }
        }
    }

    [Theory]
    [InlineData("bytes=0-0", 206, "0", "bytes 0-0/20")]
    [InlineData("bytes=5-9", 206, "56789", "bytes 5-9/20")]
    [InlineData("bytes=15-", 206, "fghij", "bytes 15-19/20")]
    [InlineData("bytes=15-99", 206, "fghij", "bytes 15-19/20")]
    [InlineData("bytes=-3", 206, "hij", "bytes 17-19/20")]
    [InlineData("bytes=-99", 206, Text, "bytes 0-19/20")]
    [InlineData("bytes=20-", 416, null, "bytes */20")]
    [InlineData("bytes=-0", 416, null, "bytes */20")]
    [InlineData("bytes=9-5", 200, Text, "")]
    [InlineData("lines=0-1", 200, Text, "")]
    [InlineData("bytes=", 200, Text, "")]
    [InlineData("bytes=0-5,3-9", 200, Text, "")]
    public async Task Section_14_of_RFC_9110_ranges(string range, int status, string? text, string contentRange)
    {
        foreach (var inMemory in new[] { 0, 1024 })
        {
            await using var app = await AssetApp.StartAsync(new AssetFolder().With("a.txt", Text), options => options.MaxFileInMemory = inMemory);
            var answer = await app.AskAsync("/a.txt", $"Range: {range}\r\n");
            Assert.Equal((status, contentRange), (answer.Status, answer["Content-Range"]));
            Assert.True(text is null || answer.Text == text);
            Assert.Equal(answer.Text.Length.ToString(CultureInfo.InvariantCulture), answer["Content-Length"]);

            // For no other method there are any (section 14.2).
            Assert.Equal((200, "20"), ((await app.AskAsync("/a.txt", $"Range: {range}\r\n", "HEAD")).Status, (await app.AskAsync("/a.txt", $"Range: {range}\r\n", "HEAD"))["Content-Length"]));
        }
    }

    [Theory]
    [InlineData("{etag}", 206)]
    [InlineData("W/{etag}", 200)]
    [InlineData("\"x\"", 200)]
    [InlineData(Modified, 206)]
    [InlineData("Fri, 02 Jan 2026 03:04:06 GMT", 200)]
    [InlineData("soon", 200)]
    public async Task Section_13_1_5_of_RFC_9110_a_range_of_what_the_client_has(string condition, int status)
    {
        await using var app = await AssetApp.StartAsync(new AssetFolder().With("a.txt", Text));
        var etag = (await app.AskAsync("/a.txt"))["ETag"];
        var answer = await app.AskAsync("/a.txt", $"Range: bytes=0-4\r\nIf-Range: {condition.Replace("{etag}", etag, StringComparison.Ordinal)}\r\n");
        Assert.Equal((status, status == 206 ? "01234" : Text), (answer.Status, answer.Text));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1024)]
    public async Task Several_ranges_come_in_parts(long inMemory)
    {
        await using var app = await AssetApp.StartAsync(new AssetFolder().With("a.txt", Text), options => options.MaxFileInMemory = inMemory);
        var answer = await app.AskAsync("/a.txt", "Range: bytes=0-1, 18-, -5, 99-\r\n");
        Assert.Equal(200, answer.Status);
        answer = await app.AskAsync("/a.txt", "Range: bytes=0-1, 18-, 5-6, 99-\r\n");
        Assert.Equal((206, ""), (answer.Status, answer["Content-Range"]));
        Assert.Equal(answer.Text.Length.ToString(CultureInfo.InvariantCulture), answer["Content-Length"]);
        var boundary = answer["Content-Type"].Split("boundary=")[1];
        Assert.Equal(
            string.Concat(new[] { ("0-1", "01"), ("18-19", "ij"), ("5-6", "56") }.Select(part =>
                $"\r\n--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes {part.Item1}/20\r\n\r\n{part.Item2}")) + $"\r\n--{boundary}--\r\n",
            answer.Text);
    }

    [Fact]
    public async Task A_large_file_comes_whole()
    {
        var body = Texts.Of(3_000_000);
        await using var app = await AssetApp.StartAsync(new AssetFolder().With("a.bin", body));
        var answer = await app.AskAsync("/a.bin");
        Assert.Equal("3000000", answer["Content-Length"]);
        Assert.Equal(body, answer.Body);
        Assert.Equal(body[1_000_000..2_000_000], (await app.AskAsync("/a.bin", "Range: bytes=1000000-1999999\r\n")).Body);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1024)]
    public async Task A_change_is_seen(long inMemory)
    {
        var folder = new AssetFolder().With("a.txt", "one");
        await using var app = await AssetApp.StartAsync(folder, options => options.MaxFileInMemory = inMemory);
        var before = await app.AskAsync("/a.txt");
        folder.With("a.txt", "two", minutes: 1);
        var after = await app.AskAsync("/a.txt", $"If-None-Match: {before["ETag"]}\r\n");
        Assert.Equal((200, "two"), (after.Status, after.Text));
        Assert.NotEqual(before["ETag"], after["ETag"]);
        File.Delete(Path.Combine(folder.Root, "a.txt"));
        Assert.Equal(404, (await app.AskAsync("/a.txt")).Status);
    }

    [Fact]
    public async Task An_empty_file_is_a_file()
    {
        await using var app = await AssetApp.StartAsync(new AssetFolder().With("a.txt", ""));
        Assert.Equal((200, "0"), ((await app.AskAsync("/a.txt")).Status, (await app.AskAsync("/a.txt"))["Content-Length"]));
        Assert.Equal(416, (await app.AskAsync("/a.txt", "Range: bytes=0-\r\n")).Status);
    }

    [Fact]
    public async Task What_cannot_be_served_is_told_at_once()
    {
        using var folder = new AssetFolder();
        var fault = await Assert.ThrowsAsync<ArgumentException>(() => AssetApp.StartAsync(folder, options =>
        {
            options.Directory = Path.Combine(folder.Root, "missing");
            options.Fingerprint = "(";
        }));
        Assert.Contains("Assets.Directory: must be a directory that exists", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Assets.Fingerprint: must be a regular expression", fault.Message, StringComparison.Ordinal);
        fault = await Assert.ThrowsAsync<ArgumentException>(() => AssetApp.StartAsync(folder, options => options.DefaultDocument = "../x"));
        Assert.Contains("Assets.DefaultDocument: must be the name of a file", fault.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => AssetApp.StartAsync(folder, options => options.Directory = ""));
    }
}
