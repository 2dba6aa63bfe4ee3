using System.Text;
using AkkaPerf.Http.Transport.Wire;
using CsCheck;

namespace AkkaPerf.Http.Tests.Transport.Wire;

public sealed class HeadParserTests
{
    private static readonly Gen<(string Name, string Value)> Field = Gen.Select(
        Gen.OneOf("Server", "server", "X-A", "x-b", "Set-Cookie", "ETag", "Date", "X-Request-Id"),
        Gen.OneOf("", "1", "a b", "\"x\"", "\u00e4", "Mon, 01 Jan 2024 00:00:00 GMT", new string('v', 200)));

    [Fact]
    public void A_head_is_the_same_wherever_it_is_cut_and_whatever_came_before() => Field.List[0, 60].Check(fields =>
    {
        var text = "HTTP/1.1 200 OK\r\n" + string.Concat(fields.Select(static field => $"{field.Name}: {field.Value}\r\n")) + "\r\n";
        var bytes = Encoding.Latin1.GetBytes(text + "body");
        var memory = new FieldMemory();
        var seen = 0;
        for (var cut = 0; cut < text.Length; cut++)
        {
            Assert.Equal(-1, HeadParser.FindEnd(bytes.AsSpan(0, cut), ref seen));
        }

        Assert.Equal(text.Length, HeadParser.FindEnd(bytes, ref seen));
        for (var i = 0; i < 3; i++)
        {
            var head = new WireHead();
            Assert.True(HeadParser.TryParse(bytes.AsSpan(0, text.Length), memory, head));
            foreach (var group in fields.GroupBy(static field => field.Name, StringComparer.OrdinalIgnoreCase))
            {
                Assert.Equal(group.Select(static field => field.Value), head.Fields.ValuesOf(group.Key).ToArray());
            }

            // Another head in between leaves nothing of itself.
            Assert.True(HeadParser.TryParse("HTTP/1.1 404 Gone fishing\r\nServer: other\r\nX-C: 1\r\n\r\n"u8, memory, new WireHead()));
        }
    }, iter: 300);

    [Fact]
    public void Any_bytes_are_read_or_refused() => Gen.OneOf(
        Gen.Byte.Array[0, 100],
        Gen.Char["HTP/1. 20OK:\r\n\t ax"].Array[0, 60].Select(static text => Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\n" + new string(text)))).Check(bytes =>
    {
        var seen = 0;
        byte[] all = [.. bytes, .. "\r\n\r\n"u8];
        var end = HeadParser.FindEnd(all, ref seen);
        var head = new WireHead();
        if (HeadParser.TryParse(all.AsSpan(0, end), new FieldMemory(), head))
        {
            foreach (var field in head.Fields.All)
            {
                Assert.DoesNotContain(field.Values.ToArray(), static value => value!.AsSpan().ContainsAny('\r', '\n', '\0'));
            }
        }
    }, iter: 5_000);

    [Theory]
    [InlineData("HTTP/1.1 200 OK", 200, null)]
    [InlineData("HTTP/1.1 200", 200, null)]
    [InlineData("HTTP/1.1 200 ", 200, null)]
    [InlineData("HTTP/1.0 404 Nope", 404, "Nope")]
    [InlineData("HTTP/1.1 999 X", 999, "X")]
    public void A_status_line_is_read(string line, int status, string? reason)
    {
        var head = Parse($"{line}\r\n\r\n");
        Assert.Equal((status, reason, line[7] == '0'), (head!.StatusCode, head.Reason, head.IsHttp10));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" HTTP/1.1 200 OK")]
    [InlineData("HTTP/1.1  200 OK")]
    [InlineData("HTTP/2.0 200 OK")]
    [InlineData("http/1.1 200 OK")]
    [InlineData("HTTP/1.1 20 OK")]
    [InlineData("HTTP/1.1 099 OK")]
    [InlineData("HTTP/1.1 2000 OK")]
    [InlineData("HTTP/1.1 +20 OK")]
    [InlineData("HTTP/1.1 200 O\rK")]
    [InlineData("HTTP/1.1 200 O\0K")]
    [InlineData("HTTP/1.1\t200 OK")]
    public void What_is_no_status_line_is_refused(string line) => Assert.Null(Parse($"{line}\r\n\r\n"));

    [Theory]
    [InlineData("Content-Length: 5\r\nContent-Length: 5")]
    [InlineData("Content-Length: 5, 5")]
    [InlineData("Content-Length: +5")]
    [InlineData("Content-Length: 5\0")]
    [InlineData("Content-Length:\r\n 5")]
    [InlineData("Content-Length: 9999999999999999999")]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 5")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding: xchunked")]
    [InlineData("Transfer-Encoding:\r\n chunked")]
    [InlineData("Transfer-Encoding: \vchunked")]
    [InlineData("Connection:\r\n close")]
    [InlineData(" X: leading")]
    [InlineData(": no name")]
    [InlineData("no colon")]
    [InlineData("X\0A: 1")]
    [InlineData("X A: 1")]
    [InlineData("X\u00e4: 1")]
    public void What_may_be_read_in_two_ways_is_refused(string fields) => Assert.Null(Parse($"HTTP/1.1 200 OK\r\n{fields}\r\n\r\n"));

    [Theory]
    [InlineData("close", false)]
    [InlineData("Close", false)]
    [InlineData("x, close", false)]
    [InlineData("keep-alive", true)]
    [InlineData("closed", true)]
    public void Connection_says_whether_another_exchange_may_follow(string value, bool isKeptAlive) =>
        Assert.Equal(isKeptAlive, Parse($"HTTP/1.1 200 OK\r\nConnection: {value}\r\n\r\n")!.IsKeptAlive);

    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    public void A_head_has_a_thousand_lines_at_the_most(int names)
    {
        Assert.Equal((names, 1_000 / names), Parse(Head(1_000)) is { } head ? (head.Fields.Count, head.Fields.ValuesOf("X0").Count) : default);
        Assert.Null(Parse(Head(1_001)));

        string Head(int lines) => $"HTTP/1.1 200 OK\r\n{string.Concat(Enumerable.Range(0, lines).Select(i => $"x{i % names}:\r\n"))}\r\n";
    }

    private static WireHead? Parse(string text)
    {
        var head = new WireHead();
        return HeadParser.TryParse(Encoding.Latin1.GetBytes(text), new FieldMemory(), head) ? head : null;
    }
}
