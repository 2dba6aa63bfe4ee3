using AkkaPerf.Http.Assets;
using AkkaPerf.Http.Compression;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Assets;

public sealed class AssetConditionsTests
{
    private static readonly DateTimeOffset Changed = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData(0, false)]
    [InlineData(999, false)]
    [InlineData(1000, true)]
    public void Section_13_1_5_of_RFC_9110_a_date_counts_only_where_it_is_a_strong_validator(int milliseconds, bool isPart)
    {
        var asset = new Asset(new AssetBody("/a.txt", ContentCoding.Identity, 20, Changed.UtcDateTime), [], "text/plain", "max-age=60");
        var request = new DefaultHttpContext().Request;
        request.Method = "GET";
        request.Headers.Range = "bytes=0-4";
        request.Headers.IfRange = asset.LastModifiedText;
        var ranges = AssetConditions.RangesOf(request, new AssetChoice(asset, ContentCoding.Identity, 20, asset.Identity.ETag), Changed.AddMilliseconds(milliseconds));
        Assert.Equal(isPart, ranges is not null);
    }
}
