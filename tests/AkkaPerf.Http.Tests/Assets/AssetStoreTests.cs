using AkkaPerf.Http.Assets;
using AkkaPerf.Http.Compression;
using AkkaPerf.Http.Tests.Compression;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Http.Tests.Assets;

public sealed class AssetStoreTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_file_is_looked_at_once_in_an_interval()
    {
        using var folder = new AssetFolder().With("a.txt", "one");
        var store = Store(folder);
        var first = await store.FindAsync("a.txt");
        folder.With("a.txt", "two", minutes: 1);
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Same(first, await store.FindAsync("a.txt"));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("two"u8.ToArray(), (await store.FindAsync("a.txt"))!.Identity.Bytes);
    }

    [Fact]
    public async Task What_has_not_changed_is_not_read_again()
    {
        using var folder = new AssetFolder().With("a.txt", "one").With("a.txt.br", "b");
        var store = Store(folder);
        var first = await store.FindAsync("a.txt");
        _time.Advance(TimeSpan.FromHours(1));
        var second = await store.FindAsync("a.txt");
        Assert.NotSame(first, second);
        Assert.Same(first!.Identity.Bytes, second!.Identity.Bytes);
    }

    [Fact]
    public async Task It_keeps_no_more_than_it_may_and_lets_go_of_what_was_asked_for_longest_ago()
    {
        using var folder = new AssetFolder();
        for (var i = 0; i < 20; i++)
        {
            folder.With($"{i}.txt", new byte[100_000]);
        }

        var store = Store(folder);
        var first = await store.FindAsync("0.txt");
        for (var i = 1; i < 20; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(900));
            await store.FindAsync($"{i}.txt");
            await store.FindAsync("0.txt");
            Assert.InRange(store.Bytes, 100_000, 1024 * 1024);
        }

        Assert.Same(first!.Identity.Bytes, (await store.FindAsync("0.txt"))!.Identity.Bytes);
    }

    [Fact]
    public async Task What_is_made_of_a_file_is_counted()
    {
        using var folder = new AssetFolder().With("a.txt", Texts.Of(50_000));
        var store = Store(folder, ResponseCompression.Of(new CompressionOptions { Adapt = false }, new RouteCompressionOptions()));
        var asset = await store.FindAsync("a.txt");
        var before = store.Bytes;
        var made = await asset!.Made!.EncodeAsync(ContentCoding.Br, CancellationToken.None);
        await Loopback.Until.TrueAsync(() => store.Bytes == before + made!.Value.Length, "it is counted");
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Same(asset.Made, (await store.FindAsync("a.txt"))!.Made);
        Assert.Equal(before + made!.Value.Length, store.Bytes);
        folder.With("a.txt", Texts.Of(60_000), minutes: 1);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.NotSame(asset.Made, (await store.FindAsync("a.txt"))!.Made);
        Assert.Equal(before + 10_000, store.Bytes);
    }

    [Fact]
    public async Task What_is_gone_is_not_counted()
    {
        using var folder = new AssetFolder().With("a.txt", "one");
        var store = Store(folder);
        await store.FindAsync("a.txt");
        File.Delete(Path.Combine(folder.Root, "a.txt"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await store.FindAsync("a.txt"));
        Assert.Equal(0, store.Bytes);
        Assert.Null(await store.FindAsync("missing.txt"));
        Assert.Equal(0, store.Bytes);
    }

    private AssetStore Store(AssetFolder folder, ResponseCompression? compression = null)
    {
        var options = new AssetOptions { Directory = folder.Root, MaxMemory = 1024 * 1024 };
        return new AssetStore(options, new AssetLoader(options), compression, _time);
    }
}
