using System.Text;
using AkkaPerf.Http.Compression;
using CsCheck;

namespace AkkaPerf.Http.Tests.Compression;

/// <summary>Whatever is put in, in whatever pieces, comes out at the other end.</summary>
public sealed class EncoderTests
{
    private static readonly Encoders Encoders = new();

    public static TheoryData<ContentCoding, CompressionEffort> All
    {
        get
        {
            var all = new TheoryData<ContentCoding, CompressionEffort>();
            foreach (var coding in new[] { ContentCoding.Br, ContentCoding.Gzip, ContentCoding.Zstd })
            {
                foreach (var effort in Enum.GetValues<CompressionEffort>())
                {
                    all.Add(coding, effort);
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_body_in_pieces_comes_out_as_it_went_in(ContentCoding coding, CompressionEffort effort)
    {
        var piece = Gen.Select(Gen.Byte[97, 102].Array[0, 70_000], Gen.Int[0, 3]);
        piece.Array[0, 6].Check(
            pieces =>
            {
                var body = pieces.SelectMany(one => one.Item1).ToArray();
                using var coded = new CodedBody(Encoders, coding, effort, length: pieces.Length % 2 == 0 ? body.Length : null);
                using var sent = new MemoryStream();
                foreach (var (bytes, how) in pieces)
                {
                    sent.Write((how == 0 ? coded.WriteThrough(bytes) : coded.Write(bytes)).Span);
                }

                sent.Write(coded.Finish(default).Span);
                Assert.Equal(body, Decoded.Whole(coding, sent.ToArray()));
            },
            iter: 30);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void What_is_let_out_can_be_read_before_the_body_ends(ContentCoding coding, CompressionEffort effort)
    {
        using var coded = new CodedBody(Encoders, coding, effort, length: null);
        var sent = new MemoryStream();
        using var reader = new Decoded(coding, sent);
        for (var i = 0; i < 100; i++)
        {
            var text = $"data: {i}\n\n";
            var position = sent.Position;
            sent.Position = sent.Length;
            sent.Write(coded.WriteThrough(Encoding.ASCII.GetBytes(text)).Span);
            sent.Position = position;
            Assert.Equal(text, Encoding.ASCII.GetString(reader.Exactly(text.Length)));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_body_that_has_nothing_is_whole(ContentCoding coding, CompressionEffort effort)
    {
        using var coded = new CodedBody(Encoders, coding, effort, length: null);
        Assert.True(coded.WriteThrough(default).IsEmpty);
        var sent = coded.Finish(default).ToArray();
        Assert.NotEmpty(sent);
        Assert.Empty(Decoded.Whole(coding, sent));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_body_that_is_broken_off_is_not_taken_for_a_whole_one(ContentCoding coding, CompressionEffort effort)
    {
        var body = Texts.Of(200_000);
        using var coded = new CodedBody(Encoders, coding, effort, body.Length);
        var sent = coded.WriteThrough(body.AsMemory(0, 150_000)).ToArray();
        Assert.ThrowsAny<Exception>(() => Assert.Equal(body, Decoded.Whole(coding, sent)));
    }

    [Fact]
    public void A_coder_that_was_given_back_in_the_middle_begins_anew()
    {
        var coders = new ZstdCoders(most: 1);
        var body = Texts.Of(50_000);
        for (var i = 0; i < 20; i++)
        {
            using var output = new EncodedOutput();
            using var encoder = new ZstdBodyEncoder(output, coders, level: 1 + (i % 3), i % 4 == 0 ? body.Length : null);
            if (i % 2 == 0)
            {
                encoder.Write(body.AsSpan(0, 1000));
                continue;
            }

            encoder.Finish(body);
            Assert.Equal(body, Decoded.Whole(ContentCoding.Zstd, output.Written.ToArray()));
        }
    }

    [Fact]
    public void Coders_are_used_again_and_no_more_than_so_many_are_kept()
    {
        var coders = new ZstdCoders(most: 1);
        var one = coders.Take(1, length: null);
        var other = coders.Take(1, length: null);
        coders.GiveBack(one);
        coders.GiveBack(other);
        Assert.Same(one, coders.Take(3, length: null));
        Assert.NotSame(other, coders.Take(3, length: null));
        Assert.Throws<ObjectDisposedException>(() => other.WrapStream([1], new byte[100], out _, out _, isFinalBlock: true));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_window_is_no_larger_than_every_client_allows(ContentCoding coding, CompressionEffort effort)
    {
        // RFC 9659 asks for 8 MiB of a client; what we hold is bounded by far less.
        using var coded = new CodedBody(Encoders, coding, effort, length: null);
        var sent = coded.Finish(Texts.Of(3_000_000)).ToArray();
        if (coding == ContentCoding.Zstd)
        {
            // A frame's second byte behind its magic number is the window's: 3 bits of mantissa, 5 of exponent (RFC 8878, section 3.1.1.1.2).
            Assert.Equal(0, sent[4] & 0x20);
            Assert.True(10 + (sent[5] >> 3) <= 17);
        }

        Assert.Equal(3_000_000, Decoded.Whole(coding, sent).Length);
    }
}
