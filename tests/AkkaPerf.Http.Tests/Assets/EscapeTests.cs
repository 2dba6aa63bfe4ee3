using AkkaPerf.Http.Assets;
using AkkaPerf.Http.Tests.Loopback;
using CsCheck;

namespace AkkaPerf.Http.Tests.Assets;

/// <summary>There is no way out of the directory.</summary>
public sealed class EscapeTests
{
    private const string Secret = "SECRET";

    private static readonly string[] Pieces =
    [
        "..", "..", ".", "%2e%2e", "%2E.", "%252e%252e", "..%00", "%00", "/", "/", "/", "/", "//", "%2f", "%2F", "%5c", "\\", "%255c", ";", "?", "%c0%ae%c0%ae", "%ff",
        "www", "outside", "secret.txt", "a.txt", "sub", "out", "outfile", "up", "loop", "in", "via", ".env", "%2eenv", ".git", "etc", "passwd", "C:", "::$DATA", "~", "%20", "x",
    ];

    [Theory]
    [InlineData("/../outside/secret.txt")]
    [InlineData("/sub/../../outside/secret.txt")]
    [InlineData("/%2e%2e/outside/secret.txt")]
    [InlineData("/%2e%2e%2foutside%2fsecret.txt")]
    [InlineData("/..%2foutside%2fsecret.txt")]
    [InlineData("/..%5coutside%5csecret.txt")]
    [InlineData("/..\\outside\\secret.txt")]
    [InlineData("/%252e%252e/outside/secret.txt")]
    [InlineData("/%c0%ae%c0%ae/outside/secret.txt")]
    [InlineData("/out/secret.txt")]
    [InlineData("/outfile")]
    [InlineData("/up/outside/secret.txt")]
    [InlineData("/via/secret.txt")]
    [InlineData("/chain")]
    [InlineData("/loop")]
    [InlineData("/.env")]
    [InlineData("/%2eenv")]
    [InlineData("/.git/config")]
    [InlineData("/sub/.hidden")]
    [InlineData("/sub/.well-known/x.txt")]
    [InlineData("/a.txt%00.html")]
    [InlineData("/a.txt%0a")]
    [InlineData("/sub%2fa.txt")]
    [InlineData("/sub%5ca.txt")]
    [InlineData("/etc/passwd")]
    [InlineData("//etc/passwd")]
    [InlineData("http://any/../outside/secret.txt")]
    public async Task No_target_leads_out(string target)
    {
        await using var app = await AssetApp.StartAsync(Tree());
        var answer = await app.AskAsync(target);
        Assert.Contains(answer.Status, new[] { 400, 404 });
        Assert.DoesNotContain(Secret, answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/in/b.txt")]
    [InlineData("/infile")]
    [InlineData("/sub/../a.txt")]
    [InlineData("/sub/%2e%2e/a.txt")]
    [InlineData("/back/a.txt")]
    [InlineData("/a.txt")]
    public async Task What_stays_within_is_served(string target)
    {
        await using var app = await AssetApp.StartAsync(Tree());
        Assert.Equal((200, "public"), ((await app.AskAsync(target)).Status, (await app.AskAsync(target)).Text));
    }

    [Fact]
    public async Task A_neighbour_that_leads_out_is_none()
    {
        var folder = Tree();
        folder.WithLink("a.txt.br", Path.Combine(folder.Outside, "secret.txt"));
        await using var app = await AssetApp.StartAsync(folder);
        Assert.Equal("public", (await app.AskAsync("/a.txt", "Accept-Encoding: br\r\n")).Text);
    }

    [Fact]
    public async Task A_file_that_becomes_a_link_is_none()
    {
        var folder = Tree();
        await using var app = await AssetApp.StartAsync(folder);
        Assert.Equal(200, (await app.AskAsync("/a.txt")).Status);
        File.Delete(Path.Combine(folder.Root, "a.txt"));
        folder.WithLink("a.txt", Path.Combine(folder.Outside, "secret.txt"));
        Assert.Equal(404, (await app.AskAsync("/a.txt")).Status);
    }

    [Fact]
    public async Task A_directory_that_is_a_link_itself_is_served()
    {
        var folder = Tree();
        var link = Path.Combine(folder.Outside, "www");
        Directory.CreateSymbolicLink(link, folder.Root);
        await using var app = await AssetApp.StartAsync(folder, options => options.Directory = link);
        Assert.Equal("public", (await app.AskAsync("/a.txt")).Text);
        Assert.Equal(404, (await app.AskAsync("/outfile")).Status);
    }

    [Fact]
    public async Task No_target_out_of_thousands_leads_out()
    {
        await using var app = await AssetApp.StartAsync(Tree());
        var random = new Random(20261128);
        for (var i = 0; i < 3000; i++)
        {
            var target = "/" + string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            var answer = await RawConnection.AskAsync(app.Address, $"GET {target} HTTP/1.1\r\nHost: any\r\nConnection: close\r\n\r\n");
            Assert.False(answer.Contains(Secret, StringComparison.Ordinal), target);
            Assert.True(answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) && answer[9] is '2' or '3' or '4', $"{target}: {answer}");
        }
    }

    [Fact]
    public void What_is_served_is_always_within()
    {
        using var folder = Tree();
        var root = new AssetRoot(folder.Root);
        var real = new FileInfo(folder.Root).FullName;
        var decoded = Pieces.Select(Uri.UnescapeDataString).Concat(["\0", "\n", "\\"]).ToArray();
        Gen.Int[0, decoded.Length - 1].Select(i => decoded[i]).Array[0, 8].Check(
            pieces =>
            {
                var path = string.Concat(pieces);
                if (AssetPath.IsServed(path) && root.Find(path) is { } found)
                {
                    Assert.True(found == real || found.StartsWith(real + Path.DirectorySeparatorChar, StringComparison.Ordinal), $"{path} -> {found}");
                    Assert.False(File.Exists(found) && File.ReadAllText(found).Contains(Secret, StringComparison.Ordinal), path);
                }
            },
            iter: 20_000);
    }

    private static AssetFolder Tree()
    {
        var folder = new AssetFolder().With("a.txt", "public").With("sub/b.txt", "public").With("sub/.hidden", Secret).With(".env", Secret).With(".git/config", Secret)
            .With("sub/.well-known/x.txt", Secret);
        File.WriteAllText(Path.Combine(folder.Outside, "secret.txt"), Secret);
        return folder
            .WithLink("out", folder.Outside)
            .WithLink("outfile", Path.Combine(folder.Outside, "secret.txt"))
            .WithLink("up", "..")
            .WithLink("via", "up/outside")
            .WithLink("chain", "outfile")
            .WithLink("loop", "loop")
            .WithLink("in", "sub")
            .WithLink("infile", "sub/../in/b.txt")
            .WithLink("back", "sub/../../www");
    }
}
