using AkkaPerf.Statistics;

namespace AkkaPerf.Tests.Statistics;

public sealed class ChanceTests
{
    [Fact]
    public void The_same_seed_gives_the_same_numbers()
    {
        var (one, other, another) = (new AtomicRandom(5), new AtomicRandom(5), new AtomicRandom(6));
        var numbers = Enumerable.Range(0, 100).Select(_ => one.Next()).ToArray();
        Assert.Equal(numbers, Enumerable.Range(0, 100).Select(_ => other.Next()));
        Assert.NotEqual(numbers, Enumerable.Range(0, 100).Select(_ => another.Next()));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100)]
    public void Every_number_is_as_likely(int below)
    {
        var random = new AtomicRandom(1);
        ChiSquared.AssertFits(Enumerable.Repeat(1.0, below), Draws(() => random.Next(below)), below);
        var dice = new Dice(1);
        ChiSquared.AssertFits(Enumerable.Repeat(1.0, below), Draws(() => dice.Next(below)), below);
    }

    [Fact]
    public async Task Threads_share_one_sequence()
    {
        var random = new AtomicRandom(3);
        var drawn = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Enumerable.Range(0, 10_000).Select(_ => random.Next()).ToArray())));
        var alone = new AtomicRandom(3);
        Assert.Equal(Enumerable.Range(0, 80_000).Select(_ => alone.Next()).Order(), drawn.SelectMany(static numbers => numbers).Order());
    }

    // Written down: processes of different versions must agree.
    [Theory]
    [InlineData("", 2202539563128567374UL)]
    [InlineData("a", 3259176779569739818UL)]
    [InlineData("product:17", 0UL)]
    public void A_text_has_the_same_hash_for_ever(string text, ulong hash) => Assert.Equal(hash, StableHash.Of(text));

    [Fact]
    public void Texts_that_differ_anywhere_have_other_hashes()
    {
        var random = new Random(3);
        for (var length = 1; length <= 40; length++)
        {
            var text = Enumerable.Range(0, length).Select(_ => (char)random.Next(char.MaxValue + 1)).ToArray();
            var hashes = new HashSet<ulong> { StableHash.Of(text) };
            for (var bit = 0; bit < length * 16; bit++)
            {
                text[bit / 16] ^= (char)(1 << (bit % 16));
                Assert.True(hashes.Add(StableHash.Of(text)));
                text[bit / 16] ^= (char)(1 << (bit % 16));
            }
        }

        Assert.NotEqual(StableHash.Of("\0"), StableHash.Of(""));
        Assert.NotEqual(StableHash.Of("aaaaaa"), StableHash.Of("aaaaaaa"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(29)]
    [InlineData(58)]
    public void All_bits_of_a_hash_are_spread_evenly(int shift) =>
        ChiSquared.AssertFits(Enumerable.Repeat(1.0, 64), Enumerable.Range(0, 100_000).Select(i => (int)((StableHash.Of($"product:{i}") >> shift) & 63)), 64);

    [Fact]
    public void Hashes_of_like_texts_are_spread_evenly() =>
        ChiSquared.AssertFits(Enumerable.Repeat(1.0, 64), Enumerable.Range(0, 100_000).Select(i => (int)(StableHash.Of($"user:{i}") >> 58)), 64);

    private static IEnumerable<int> Draws(Func<int> draw) => Enumerable.Range(0, 100_000).Select(_ => draw());
}
