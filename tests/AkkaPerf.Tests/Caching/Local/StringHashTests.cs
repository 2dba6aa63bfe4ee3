using System.Globalization;
using AkkaPerf.Caching.Local;

namespace AkkaPerf.Tests.Caching.Local;

/// <summary>Who chooses the keys cannot choose where they stand.</summary>
public sealed class StringHashTests
{
    private const int Buckets = 256;

    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 4)]
    [InlineData(20261129, 20261130)]
    public void Keys_that_were_chosen_for_one_bucket_are_spread_by_another_secret(int known, int real)
    {
        var theirs = new StringHash(new Random(known));
        var ours = new StringHash(new Random(real));
        var chosen = Urls().Where(key => BucketOf(theirs, key) == 7).Take(1000).ToArray();
        Assert.Equal(1000, chosen.Length);
        AssertSpread(ours, chosen);
    }

    [Fact]
    public void Keys_that_collide_for_a_hash_without_a_secret_are_spread()
    {
        // By h * 31 + c, as Java has it, "Aa" and "BB" are the same, and so is whatever is made of them.
        var chosen = Enumerable.Range(0, 1024)
            .Select(bits => "http://shop/" + string.Concat(Enumerable.Range(0, 10).Select(i => (bits >> i & 1) == 0 ? "Aa" : "BB")))
            .ToArray();
        Assert.Single(chosen.Select(static key => key.Aggregate(0, static (hash, c) => unchecked((hash * 31) + c))).Distinct());
        var ours = new StringHash(new Random(1));
        Assert.Equal(chosen.Length, chosen.Select(key => ours.Of(key)).Distinct().Count());
        AssertSpread(ours, chosen);
    }

    [Theory]
    [InlineData("http://shop/{0}")]
    [InlineData("http://shop/{0}/a/long/tail/that/is/always/the/same")]
    [InlineData("http://shop/a/long/beginning/that/is/always/the/same?id={0}")]
    [InlineData("{0}")]
    public void Keys_that_differ_in_little_are_spread(string format)
    {
        var ours = new StringHash(new Random(5));
        AssertSpread(ours, [.. Enumerable.Range(0, 1000).Select(i => string.Format(CultureInfo.InvariantCulture, format, i))]);
    }

    [Fact]
    public void Two_stores_do_not_agree_on_where_a_key_stands()
    {
        var keys = Urls().Take(1000).ToArray();
        using var one = new StringStore(64, new Random(1));
        using var other = new StringStore(64, new Random(2));
        Assert.DoesNotContain(keys, key => one.HashOf(key) == other.HashOf(key));
        Assert.All(keys, key => Assert.Equal(one.HashOf(key), one.HashOf(new string(key))));
    }

    private static IEnumerable<string> Urls() => Enumerable.Range(0, 1_000_000).Select(static i => string.Create(CultureInfo.InvariantCulture, $"http://shop/products/{i}?page={i % 10}"));

    // As a table takes it: the upper bits of a product.
    private static int BucketOf(StringHash hash, string key) => (int)((uint)hash.Of(key) * 0x9E3779B1u >> 24);

    // A thousand keys in 256 buckets: four each. Twenty in one of them happen by chance once in a hundred million times.
    private static void AssertSpread(StringHash hash, string[] keys) =>
        Assert.True(keys.GroupBy(key => BucketOf(hash, key)).Max(static bucket => bucket.Count()) < 20 * keys.Length / 1000 + 1, $"of {keys.Length} keys in {Buckets} buckets too many share one");
}
