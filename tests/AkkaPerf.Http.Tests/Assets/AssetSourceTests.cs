using AkkaPerf.Http.Assets;
using AkkaPerf.Http.Compression;
using AkkaPerf.Http.Tests.Compression;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Assets;

/// <summary>A file that changes while it is sent.</summary>
public sealed class AssetSourceTests
{
    private static readonly byte[] Before = Texts.Of(200_000);

    [Fact]
    public async Task One_that_takes_its_name_does_not_mix_with_it()
    {
        using var folder = new AssetFolder().With("a.bin", Before).With("b.bin", Texts.Of(200_000, seed: 8));
        using var source = AssetSource.Open(Look(folder)!)!.Value;
        File.Move(Path.Combine(folder.Root, "b.bin"), Path.Combine(folder.Root, "a.bin"), overwrite: true);
        Assert.Equal(Before, await SendAsync(source, 0, Before.Length));
    }

    [Theory]
    [InlineData(200_000)]
    [InlineData(100_000)]
    [InlineData(300_000)]
    public async Task One_that_is_written_over_is_not_sent_to_its_end(int length)
    {
        using var folder = new AssetFolder().With("a.bin", Before);
        using var source = AssetSource.Open(Look(folder)!)!.Value;
        folder.With("a.bin", Texts.Of(length, seed: 8), minutes: 1);
        await Assert.ThrowsAsync<IOException>(() => SendAsync(source, 0, Before.Length));
    }

    [Fact]
    public void One_that_was_changed_before_is_not_sent_at_all()
    {
        using var folder = new AssetFolder().With("a.bin", Before);
        var looked = Look(folder)!;
        folder.With("a.bin", Before, minutes: 1);
        Assert.Null(AssetSource.Open(looked));
        File.Delete(looked.Path);
        Assert.Null(AssetSource.Open(looked));
    }

    private static AssetBody? Look(AssetFolder folder) => AssetBody.Look(Path.Combine(folder.Root, "a.bin"), ContentCoding.Identity);

    private static async Task<byte[]> SendAsync(AssetSource source, long offset, long length)
    {
        var context = new DefaultHttpContext();
        using var body = new MemoryStream();
        context.Response.Body = body;
        await source.SendAsync(context.Response, offset, length, CancellationToken.None);
        return body.ToArray();
    }
}
