using AkkaPerf.Http.Compression;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Tests.Compression;

namespace AkkaPerf.Http.Tests.Assets;

/// <summary>Files that lie beside others and hold the same, coded; and what is made where there are none.</summary>
public sealed class NeighbourTests
{
    private static readonly string Plain = System.Text.Encoding.ASCII.GetString(Texts.Of(3000));

    [Theory]
    [InlineData("", "")]
    [InlineData("Accept-Encoding: br\r\n", "br")]
    [InlineData("Accept-Encoding: gzip\r\n", "gzip")]
    [InlineData("Accept-Encoding: zstd;q=0.9, gzip;q=0.8\r\n", "zstd")]
    [InlineData("Accept-Encoding: gzip, deflate, br, zstd\r\n", "br")]
    [InlineData("Accept-Encoding: identity, br;q=0.5\r\n", "")]
    [InlineData("Accept-Encoding: *\r\n", "br")]
    public async Task The_neighbour_that_the_client_likes_best_is_sent_and_the_smallest_of_equals(string accepts, string coding)
    {
        var folder = new AssetFolder().With("a.js", Plain).With("a.js.br", "b").With("a.js.gz", "ggg", minutes: 1).With("a.js.zst", "zz");
        foreach (var inMemory in new[] { 0, 1024 * 1024 })
        {
            await using var app = await AssetApp.StartAsync(Copy(folder), options => options.MaxFileInMemory = inMemory);
            var answer = await app.AskAsync("/a.js", accepts);
            Assert.Equal((200, coding, "text/javascript; charset=utf-8", "Accept-Encoding"), (answer.Status, answer["Content-Encoding"], answer["Content-Type"], answer["Vary"]));
            Assert.Equal(coding switch { "br" => "b", "gzip" => "ggg", "zstd" => "zz", _ => Plain }, answer.Text);
            Assert.EndsWith(coding.Length > 0 ? $"-{coding}\"" : "\"", answer["ETag"], StringComparison.Ordinal);
            var again = await app.AskAsync("/a.js", $"{accepts}If-None-Match: {answer["ETag"]}\r\n");
            Assert.Equal((304, answer["ETag"], "Accept-Encoding"), (again.Status, again["ETag"], again["Vary"]));
            var part = await app.AskAsync("/a.js", $"{accepts}Range: bytes=0-0\r\nIf-Range: {answer["ETag"]}\r\n");
            Assert.Equal((206, coding, answer.Text[..1]), (part.Status, part["Content-Encoding"], part.Text));
        }

        folder.Dispose();

        static AssetFolder Copy(AssetFolder from)
        {
            var to = new AssetFolder();
            foreach (var file in Directory.GetFiles(from.Root))
            {
                to.With(Path.GetFileName(file), File.ReadAllBytes(file));
            }

            return to;
        }
    }

    [Fact]
    public async Task An_older_neighbour_is_none()
    {
        await using var app = await AssetApp.StartAsync(new AssetFolder().With("a.js", Plain, minutes: 1).With("a.js.br", "b").With("a.js.gz", "g", minutes: 1));
        var answer = await app.AskAsync("/a.js", "Accept-Encoding: br, gzip;q=0.1\r\n");
        Assert.Equal(("gzip", "g"), (answer["Content-Encoding"], answer.Text));
    }

    [Fact]
    public async Task A_neighbour_without_its_file_answers_only_for_itself()
    {
        await using var app = await AssetApp.StartAsync(new AssetFolder().With("a.js.gz", "g"));
        Assert.Equal(404, (await app.AskAsync("/a.js", "Accept-Encoding: gzip\r\n")).Status);
        var answer = await app.AskAsync("/a.js.gz");
        Assert.Equal((200, "", "g"), (answer.Status, answer["Content-Encoding"], answer.Text));
    }

    [Fact]
    public async Task Where_there_is_none_one_is_made_once_and_kept()
    {
        await using var app = await CompressingAsync(new AssetFolder().With("a.js", Plain).With("a.png", Plain).With("short.js", "x"));
        for (var i = 0; i < 2; i++)
        {
            var answer = await app.AskAsync("/a.js", "Accept-Encoding: gzip, br, zstd\r\n");
            Assert.Equal(("zstd", "Accept-Encoding"), (answer["Content-Encoding"], answer["Vary"]));
            Assert.Equal(Plain, System.Text.Encoding.ASCII.GetString(Decoded.Whole(ContentCoding.Zstd, answer.Body)));
            Assert.Equal(answer.Text.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), answer["Content-Length"]);
            Assert.EndsWith("-zstd\"", answer["ETag"], StringComparison.Ordinal);
            Assert.Equal(304, (await app.AskAsync("/a.js", $"Accept-Encoding: zstd\r\nIf-None-Match: {answer["ETag"]}\r\n")).Status);
        }

        Assert.Equal(("", Plain, "Accept-Encoding"), await WhatAsync("/a.js", ""));
        Assert.Equal(("", Plain[..5], "Accept-Encoding"), await WhatAsync("/a.js", "Accept-Encoding: zstd\r\nRange: bytes=0-4\r\n"));
        Assert.Equal(("", Plain, ""), await WhatAsync("/a.png", "Accept-Encoding: zstd\r\n"));
        Assert.Equal(("", "x", ""), await WhatAsync("/short.js", "Accept-Encoding: zstd\r\n"));

        async Task<(string Coding, string Text, string Vary)> WhatAsync(string target, string headers)
        {
            var answer = await app.AskAsync(target, headers);
            return (answer["Content-Encoding"], answer.Text, answer["Vary"]);
        }
    }

    [Fact]
    public async Task A_client_that_changes_its_mind_hears_of_what_it_has()
    {
        await using var app = await CompressingAsync(new AssetFolder().With("a.js", Plain));
        var coded = (await app.AskAsync("/a.js", "Accept-Encoding: br\r\n"))["ETag"];
        var answer = await app.AskAsync("/a.js", $"If-None-Match: {coded}\r\n");
        Assert.Equal((304, coded), (answer.Status, answer["ETag"]));
    }

    private static Task<AssetApp> CompressingAsync(AssetFolder folder) =>
        AssetApp.StartAsync(folder, configure: null, new HttpRouteOptions().Use(new CompressionOptions { Adapt = false }));
}
