using System.Globalization;
using AkkaPerf.Http.Compression;
using CsCheck;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Tests.Compression;

/// <summary>RFC 9110, section 12.5.3.</summary>
public sealed class AcceptEncodingTests
{
    private static readonly ContentCoding[] Offered = [ContentCoding.Zstd, ContentCoding.Br, ContentCoding.Gzip];

    [Theory]
    [InlineData("gzip", ContentCoding.Gzip)]
    [InlineData("GZip", ContentCoding.Gzip)]
    [InlineData("x-gzip", ContentCoding.Gzip)]
    [InlineData("gzip, deflate, br", ContentCoding.Br)]
    [InlineData("gzip, deflate, br, zstd", ContentCoding.Zstd)]
    [InlineData("gzip;q=1.0, br;q=0.9", ContentCoding.Gzip)]
    [InlineData("gzip;q=0.5, br;q=0.501", ContentCoding.Br)]
    [InlineData("gzip ; q=0.2 , br;\tq=0.1", ContentCoding.Gzip)]
    [InlineData("gzip;Q=0.2", ContentCoding.Gzip)]
    [InlineData("gzip;q=0.", ContentCoding.Identity)]
    [InlineData("gzip;q=1.", ContentCoding.Gzip)]
    [InlineData("gzip;q=0, br;q=0.000", ContentCoding.Identity)]
    [InlineData("deflate", ContentCoding.Identity)]
    [InlineData("identity", ContentCoding.Identity)]
    [InlineData("identity, br", ContentCoding.Br)]
    [InlineData("identity, br;q=0.5", ContentCoding.Identity)]
    [InlineData("identity;q=0.4, br;q=0.5", ContentCoding.Br)]
    [InlineData("*", ContentCoding.Zstd)]
    [InlineData("*;q=0.5, gzip", ContentCoding.Gzip)]
    [InlineData("*, zstd;q=0", ContentCoding.Br)]
    [InlineData("*;q=0, gzip", ContentCoding.Gzip)]
    [InlineData("*;q=0", ContentCoding.Identity)]
    [InlineData("identity;q=0, gzip;q=0.001", ContentCoding.Gzip)]
    [InlineData(",, gzip ,,", ContentCoding.Gzip)]
    [InlineData("", ContentCoding.Identity)]
    [InlineData(" ", ContentCoding.Identity)]
    public void Section_12_5_3_the_gladdest_coding_is_chosen(string field, ContentCoding coding) =>
        Assert.Equal(coding, AcceptEncoding.Read(field).Choose(Offered));

    [Theory]
    [InlineData("br;q=2")]
    [InlineData("br;q=1.001")]
    [InlineData("br;q=0.0001")]
    [InlineData("br;q=0.5;x=1")]
    [InlineData("br;q=-1")]
    [InlineData("br;q=.5")]
    [InlineData("br;q = 0.5")]
    [InlineData("br;q=0.5 x")]
    [InlineData("br;q=\"1\"")]
    [InlineData("br;q=")]
    [InlineData("br;q")]
    [InlineData("br;")]
    [InlineData("br;level=9")]
    [InlineData("br gzip")]
    [InlineData("brotli")]
    [InlineData("\"br\"")]
    [InlineData("bracket")]
    public void A_member_that_cannot_be_read_is_left_out(string member)
    {
        Assert.Equal(ContentCoding.Identity, AcceptEncoding.Read(member).Choose(Offered));
        Assert.Equal(ContentCoding.Gzip, AcceptEncoding.Read($"{member}, gzip;q=0.1").Choose(Offered));
    }

    [Fact]
    public void Without_the_field_nothing_is_coded()
    {
        var accepted = AcceptEncoding.Read(StringValues.Empty);
        Assert.Equal(ContentCoding.Identity, accepted.Choose(Offered));
        Assert.False(accepted.RefusesIdentity);
    }

    [Fact]
    public void Lines_are_one_list() =>
        Assert.Equal(ContentCoding.Br, AcceptEncoding.Read(new StringValues(["gzip;q=0.5", "deflate", "br;q=0.6"])).Choose(Offered));

    [Fact]
    public void Of_equals_the_first_that_is_offered_is_chosen()
    {
        var accepted = AcceptEncoding.Read("gzip, br, zstd");
        Assert.Equal(ContentCoding.Gzip, accepted.Choose([ContentCoding.Gzip, ContentCoding.Br]));
        Assert.Equal(ContentCoding.Br, accepted.Choose([ContentCoding.Br, ContentCoding.Gzip]));
        Assert.Equal(ContentCoding.Identity, accepted.Choose([]));
    }

    [Theory]
    [InlineData("identity;q=0", true)]
    [InlineData("*;q=0", true)]
    [InlineData("br, *;q=0", true)]
    [InlineData("identity;q=0.001, *;q=0", false)]
    [InlineData("br", false)]
    [InlineData("*", false)]
    [InlineData("", false)]
    public void The_identity_is_refused_only_in_so_many_words(string field, bool refuses)
    {
        Assert.Equal(refuses, AcceptEncoding.Read(field).RefusesIdentity);
        Assert.Equal(!refuses, AcceptEncoding.Read(field).Accepts(ContentCoding.Identity));
    }

    [Fact]
    public void What_is_chosen_is_accepted_and_nothing_offered_is_liked_better()
    {
        var weight = Gen.OneOf(Gen.Const(-1), Gen.Int[0, 1000]);
        Gen.Select(weight, weight, weight, weight).Check((br, gzip, zstd, identity) =>
        {
            var field = string.Join(", ", new[] { ("br", br), ("gzip", gzip), ("zstd", zstd), ("identity", identity) }
                .Where(member => member.Item2 >= 0)
                .Select(member => string.Create(CultureInfo.InvariantCulture, $"{member.Item1};q={member.Item2 / 1000}.{member.Item2 % 1000:000}")));
            var weights = new Dictionary<ContentCoding, int>
            {
                [ContentCoding.Br] = br,
                [ContentCoding.Gzip] = gzip,
                [ContentCoding.Zstd] = zstd,
                [ContentCoding.Identity] = identity,
            };
            var accepted = AcceptEncoding.Read(field);
            var chosen = accepted.Choose(Offered);
            var best = Offered.Max(coding => weights[coding]);
            if (chosen == ContentCoding.Identity)
            {
                Assert.True(best <= 0 || identity > best);
            }
            else
            {
                Assert.Equal(best, weights[chosen]);
                Assert.Equal(chosen, Offered.First(coding => weights[coding] == best));
                Assert.True(best > 0 && identity <= best && accepted.Accepts(chosen));
            }
        });
    }

    [Fact]
    public void Nothing_makes_it_throw_and_what_is_chosen_stands_in_the_field() =>
        Gen.String[Gen.Char["brgzipstdx-*;q=01.59, \t\"\\identy"], 0, 50].Check(
            field =>
            {
                var chosen = AcceptEncoding.Read(field).Choose(Offered);
                Assert.True(chosen == ContentCoding.Identity
                    || field.Contains('*', StringComparison.Ordinal)
                    || field.Contains(CodingNames.Of(chosen), StringComparison.OrdinalIgnoreCase));
            },
            iter: 100_000,
            seed: "0001nGKLMQ1x3");

    [Fact]
    public void Reading_allocates_nothing()
    {
        var field = new StringValues("gzip;q=0.8, deflate, br, zstd;q=0.9, *;q=0.1");
        AcceptEncoding.Read(field).Choose(Offered);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            AcceptEncoding.Read(field).Choose(Offered);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
