using System.Globalization;
using System.Text;
using AkkaPerf.Http.Transport.Wire;
using CsCheck;

namespace AkkaPerf.Http.Tests.Transport.Wire;

public sealed class ChunkReaderTests
{
    [Fact]
    public void A_body_is_the_same_wherever_it_is_cut() => Gen.Select(Gen.Byte.Array[1, 40].List[0, 6], Gen.Int[1, 9], Gen.Int[1, 9]).Check((chunks, step, room) =>
    {
        var text = string.Concat(chunks.Select(static chunk => string.Create(CultureInfo.InvariantCulture, $"{chunk.Length:X} ;x=\"y\"\r\n{Encoding.Latin1.GetString(chunk)}\r\n")));
        var (body, left, trailers) = Read(text + "0\r\nX-Sum: 7\r\nContent-Length: 3\r\n\r\nnext", step, room);
        Assert.Equal(chunks.SelectMany(static chunk => chunk), body);
        Assert.Equal("next", left);
        Assert.Equal(["X-Sum"], trailers);
    }, iter: 2_000);

    [Theory]
    [InlineData("\r\n")]
    [InlineData(" 5\r\nhello\r\n")]
    [InlineData("5\nhello\r\n")]
    [InlineData("5\r\nhello\n0\r\n\r\n")]
    [InlineData("5\r\nhellox\r\n")]
    [InlineData("5\r\nhello\rx")]
    [InlineData("5;a\rb\r\nhello\r\n")]
    [InlineData("5 x\r\nhello\r\n")]
    [InlineData("-1\r\n")]
    [InlineData("0x5\r\nhello\r\n")]
    [InlineData("fffffffffffffffff\r\n")]
    [InlineData("8000000000000000\r\n")]
    [InlineData("0\r\nno colon\r\n\r\n")]
    [InlineData("0\r\nX\nContent: 1\r\n\r\n")]
    [InlineData("0\r\n X: folded\r\n\r\n")]
    public void What_is_no_chunk_is_refused(string text)
    {
        for (var step = 1; step <= text.Length; step++)
        {
            Assert.Throws<HttpIOException>(() => Read(text, step, 100));
        }
    }

    [Fact]
    public void Lines_and_trailers_have_limits()
    {
        Assert.Throws<HttpIOException>(() => Read("5;" + new string('x', 5_000), 100_000, 100));
        Assert.Throws<HttpIOException>(() => Read($"0\r\nX: {new string('x', 70_000)}\r\n\r\n", 100_000, 100));
    }

    [Fact]
    public void There_are_a_thousand_trailers_at_the_most()
    {
        Assert.Equal(1_000, Read($"0\r\n{string.Concat(Enumerable.Repeat("X:\r\n", 1_000))}\r\n", 100_000, 100).Trailers.Length);
        Assert.Throws<HttpIOException>(() => Read($"0\r\n{string.Concat(Enumerable.Repeat("X:\r\n", 1_001))}\r\n", 100_000, 100));
    }

    // Gives so many bytes more at a time, and has room for so many.
    private static (byte[] Body, string Left, string[] Trailers) Read(string text, int step, int room)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        var reader = new ChunkReader();
        var body = new List<byte>();
        var into = new byte[room];
        var (start, end) = (0, 0);
        while (!reader.IsAtEnd)
        {
            var count = reader.Read(bytes.AsSpan(start, end - start), into, out var used);
            start += used;
            body.AddRange(into.AsSpan(0, count));
            if (count == 0 && !reader.IsAtEnd)
            {
                Assert.True(end < bytes.Length, "the end was not seen, nor that it is not sound");
                end = Math.Min(bytes.Length, end + step);
            }
        }

        return ([.. body], Encoding.Latin1.GetString(bytes[start..]), [.. reader.Trailers.Select(static trailer => trailer.Key)]);
    }
}
