using System.Text.RegularExpressions;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>What is answered from a stored whole: conditions (RFC 9110, section 13), ranges (section 14), HEAD.</summary>
public sealed partial class ConditionalTests
{
    private const string Fields = "Cache-Control: max-age=60|ETag: \"a\"|Last-Modified: Mon, 23 Nov 2026 12:00:00 GMT|Content-Type: text/plain|Content-Location: /x|X-A: 1";

    [Theory]
    [InlineData("If-None-Match: \"a\"", 304)]
    [InlineData("If-None-Match: W/\"a\"", 304)] // 13.1.2: weak comparison
    [InlineData("If-None-Match: \"b\", \"a\"", 304)]
    [InlineData("If-None-Match: *", 304)]
    [InlineData("If-None-Match: \"b\"", 200)]
    [InlineData("If-None-Match: a", 200)]
    [InlineData("If-Modified-Since: Mon, 23 Nov 2026 12:00:00 GMT", 304)]
    [InlineData("If-Modified-Since: Mon, 23 Nov 2026 11:59:59 GMT", 200)]
    [InlineData("If-Modified-Since: yesterday", 200)]
    [InlineData("If-None-Match: \"b\"|If-Modified-Since: Mon, 23 Nov 2026 12:00:00 GMT", 200)] // 13.2.2: the tag goes first
    public async Task Section_13_2_2_conditions_are_answered_from_the_store(string fields, int status)
    {
        await using var shop = await CachedShop.AnsweringAsync(Fields);
        await shop.GetAsync();
        var answer = await shop.GetAsync(fields);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Equal("\"a\"", CachedShop.Field(answer, "ETag"));
        Assert.Equal(1, shop.Calls);
        if (status == 304)
        {
            // RFC 9110, section 15.4.5.
            Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
            Assert.Null(CachedShop.Field(answer, "Content-Type"));
            Assert.Null(CachedShop.Field(answer, "Content-Length"));
            Assert.Equal("/x", CachedShop.Field(answer, "Content-Location"));
            Assert.Equal("max-age=60", CachedShop.Field(answer, "Cache-Control"));
        }
    }

    [Theory]
    [InlineData("Tue, 24 Nov 2026 11:59:59 GMT", 304)]
    [InlineData("Tue, 24 Nov 2026 11:59:58 GMT", 200)]
    public async Task Section_4_3_2_what_does_not_say_when_it_was_changed_is_as_old_as_its_Date(string since, int status)
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60|Date: Tue, 24 Nov 2026 11:59:59 GMT");
        await shop.GetAsync();
        Assert.StartsWith($"HTTP/1.1 {status} ", await shop.GetAsync($"If-Modified-Since: {since}"), StringComparison.Ordinal);
        Assert.Equal(1, shop.Calls);
    }

    [Theory]
    [InlineData("Tue, 24 Nov 2026 12:00:00 GMT", 304)]
    [InlineData("Tue, 24 Nov 2026 11:59:59 GMT", 200)]
    public async Task Section_4_3_2_what_has_no_Date_either_is_as_old_as_its_coming(string since, int status)
    {
        await using var shop = await CachedShop.AnsweringAsync("Cache-Control: max-age=60");
        await shop.GetAsync();
        Assert.StartsWith($"HTTP/1.1 {status} ", await shop.GetAsync($"If-Modified-Since: {since}"), StringComparison.Ordinal);
        Assert.Equal(1, shop.Calls);
    }

    [Theory]
    [InlineData("404 Not Found")]
    [InlineData("301 Moved Permanently")]
    [InlineData("500 Oops")]
    public async Task Section_13_2_1_conditions_and_ranges_mean_nothing_to_what_is_no_200(string status)
    {
        await using var shop = await CachedShop.OpenAsync(_ => $"HTTP/1.1 {status}\r\nContent-Length: 4\r\nCache-Control: max-age=60\r\nETag: \"a\"\r\nConnection: close\r\n\r\nbody");
        await shop.GetAsync();
        foreach (var fields in new[] { "If-None-Match: \"a\"", "If-Modified-Since: Thu, 01 Jan 2099 00:00:00 GMT", "Range: bytes=0-1" })
        {
            var answer = await shop.GetAsync(fields);
            Assert.StartsWith($"HTTP/1.1 {status[..3]} ", answer, StringComparison.Ordinal);
            Assert.EndsWith("\r\n\r\nbody", answer, StringComparison.Ordinal);
        }

        Assert.Equal(1, shop.Calls);
    }

    [Fact]
    public async Task Section_15_3_7_and_15_4_5_a_part_and_a_304_bear_what_the_whole_would()
    {
        const string Date = "Tue, 24 Nov 2026 11:59:50 GMT";
        const string Expires = "Tue, 24 Nov 2026 12:59:50 GMT";
        await using var shop = await CachedShop.AnsweringAsync($"{Fields}|Date: {Date}|Expires: {Expires}|Vary: X-B");
        await shop.GetAsync();
        foreach (var asked in new[] { "Range: bytes=0-0", "Range: bytes=0-0, 1-1", "If-None-Match: \"a\"" })
        {
            var answer = await shop.GetAsync(asked);
            Assert.Equal(
                (Date, Expires, "max-age=60", "\"a\"", "/x", "X-B", "10"),
                (CachedShop.Field(answer, "Date"), CachedShop.Field(answer, "Expires"), CachedShop.Field(answer, "Cache-Control"), CachedShop.Field(answer, "ETag"),
                CachedShop.Field(answer, "Content-Location"), CachedShop.Field(answer, "Vary"), CachedShop.Field(answer, "Age")));
        }

        Assert.Equal(1, shop.Calls);
    }

    [Theory]
    [InlineData("If-Match: \"a\"")]
    [InlineData("If-Unmodified-Since: Mon, 23 Nov 2026 12:00:00 GMT")]
    public async Task Section_4_3_2_what_the_origin_alone_can_tell_goes_to_the_origin(string fields)
    {
        await using var shop = await CachedShop.AnsweringAsync(Fields);
        await shop.GetAsync();
        await shop.GetAsync(fields);
        Assert.Equal(2, shop.Calls);
        Assert.Contains(fields, shop.Asked[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bytes=0-1", "bytes 0-1/10", "01")]
    [InlineData("bytes=8-", "bytes 8-9/10", "89")]
    [InlineData("bytes=-3", "bytes 7-9/10", "789")]
    [InlineData("bytes=5-100", "bytes 5-9/10", "56789")]
    [InlineData("BYTES=5-5", "bytes 5-5/10", "5")]
    [InlineData("bytes=0-0,20-30", "bytes 0-0/10", "0")]
    public async Task Section_14_2_a_part_of_a_stored_whole(string range, string contentRange, string body)
    {
        await using var shop = await CachedShop.AnsweringAsync(Fields, "0123456789");
        await shop.GetAsync();
        var answer = await shop.GetAsync($"Range: {range}");
        Assert.StartsWith("HTTP/1.1 206 ", answer, StringComparison.Ordinal);
        Assert.Equal(contentRange, CachedShop.Field(answer, "Content-Range"));
        Assert.Equal($"{body.Length}", CachedShop.Field(answer, "Content-Length"));
        Assert.EndsWith($"\r\n\r\n{body}", answer, StringComparison.Ordinal);
        Assert.Equal(1, shop.Calls);
    }

    [Fact]
    public async Task Section_14_6_several_parts()
    {
        await using var shop = await CachedShop.AnsweringAsync(Fields, "0123456789");
        await shop.GetAsync();
        var answer = await shop.GetAsync("Range: bytes=0-1,5-6");
        var boundary = Boundary().Match(answer).Groups["boundary"].Value;
        var body = $"\r\n--{boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01"
            + $"\r\n--{boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes 5-6/10\r\n\r\n56\r\n--{boundary}--\r\n";
        Assert.EndsWith("\r\n\r\n" + body, answer, StringComparison.Ordinal);
        Assert.Equal($"{body.Length}", CachedShop.Field(answer, "Content-Length"));
        Assert.Null(CachedShop.Field(answer[..answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)], "Content-Range"));
    }

    [Theory]
    [InlineData("bytes=0-1")]
    [InlineData("bytes=0-1,5-6")]
    public async Task Section_2_of_RFC_9530_a_part_has_no_digest_of_the_whole_content(string range)
    {
        await using var shop = await CachedShop.AnsweringAsync($"{Fields}|Content-Digest: sha-256=:AAAA:|Repr-Digest: sha-256=:AAAA:|Content-MD5: BBBB|Digest: sha-256=AAAA", "0123456789");
        await shop.GetAsync();
        var part = await shop.GetAsync($"Range: {range}");
        Assert.StartsWith("HTTP/1.1 206 ", part, StringComparison.Ordinal);
        Assert.Equal((null, null, null), (CachedShop.Field(part, "Content-Digest"), CachedShop.Field(part, "Content-MD5"), CachedShop.Field(part, "Digest")));
        Assert.Equal("sha-256=:AAAA:", CachedShop.Field(part, "Repr-Digest"));

        var whole = await shop.GetAsync();
        Assert.Equal(("sha-256=:AAAA:", "BBBB"), (CachedShop.Field(whole, "Content-Digest"), CachedShop.Field(whole, "Content-MD5")));
        Assert.Equal(1, shop.Calls);
    }

    [Theory]
    [InlineData("bytes=10-20")]
    [InlineData("bytes=-0")]
    public async Task Section_15_5_17_what_lies_beyond_is_not_satisfiable(string range)
    {
        await using var shop = await CachedShop.AnsweringAsync(Fields, "0123456789");
        await shop.GetAsync();
        var answer = await shop.GetAsync($"Range: {range}");
        Assert.StartsWith("HTTP/1.1 416 ", answer, StringComparison.Ordinal);
        Assert.Equal("bytes */10", CachedShop.Field(answer, "Content-Range"));
        Assert.Equal("0", CachedShop.Field(answer, "Content-Length"));
    }

    [Theory]
    [InlineData("lines=0-1")]
    [InlineData("bytes=1-0")]
    [InlineData("bytes=x")]
    [InlineData("bytes=0-5,3-9")] // 14.2: parts that overlap may be refused
    [InlineData("bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8")]
    public async Task Section_14_2_what_cannot_be_read_or_is_too_much_is_ignored(string range)
    {
        await using var shop = await CachedShop.AnsweringAsync(Fields, "0123456789");
        await shop.GetAsync();
        Assert.StartsWith("HTTP/1.1 200 ", await shop.GetAsync($"Range: {range}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("If-Range: \"a\"", 206)]
    [InlineData("If-Range: W/\"a\"", 200)] // 13.1.5: strong comparison
    [InlineData("If-Range: \"b\"", 200)]
    [InlineData("If-Range: Mon, 23 Nov 2026 12:00:00 GMT", 206)]
    [InlineData("If-Range: Mon, 23 Nov 2026 12:00:01 GMT", 200)]
    public async Task Section_13_1_5_a_part_only_of_what_is_known(string fields, int status)
    {
        await using var shop = await CachedShop.AnsweringAsync(Fields, "0123456789");
        await shop.GetAsync();
        Assert.StartsWith($"HTTP/1.1 {status} ", await shop.GetAsync($"Range: bytes=0-1|{fields}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Tue, 24 Nov 2026 12:00:00 GMT", 200)] // 8.8.2.2: it may have been changed again within that second
    [InlineData("Tue, 24 Nov 2026 11:59:59 GMT", 206)]
    public async Task Section_13_1_5_a_date_counts_only_where_it_is_a_strong_validator(string modified, int status)
    {
        await using var shop = await CachedShop.AnsweringAsync($"Cache-Control: max-age=60|Date: Tue, 24 Nov 2026 12:00:00 GMT|Last-Modified: {modified}", "0123456789");
        await shop.GetAsync();
        Assert.StartsWith($"HTTP/1.1 {status} ", await shop.GetAsync($"Range: bytes=0-1|If-Range: {modified}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Section_14_2_a_range_means_nothing_to_HEAD()
    {
        await using var shop = await CachedShop.AnsweringAsync(Fields, "0123456789");
        await shop.GetAsync();
        var answer = await shop.AskAsync("HEAD", "/", "Range: bytes=0-1");
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Equal("10", CachedShop.Field(answer, "Content-Length"));
    }

    [Fact]
    public async Task A_part_of_what_is_not_stored_passes_and_is_not_stored()
    {
        await using var shop = await CachedShop.OpenAsync(
            _ => "HTTP/1.1 206 Partial Content\r\nContent-Length: 2\r\nContent-Range: bytes 0-1/10\r\nCache-Control: max-age=60\r\nConnection: close\r\n\r\n01");
        for (var i = 1; i <= 2; i++)
        {
            Assert.StartsWith("HTTP/1.1 206 ", await shop.GetAsync("Range: bytes=0-1"), StringComparison.Ordinal);
            Assert.Contains("Range: bytes=0-1", shop.Asked[i - 1], StringComparison.Ordinal);
        }

        Assert.Equal(2, shop.Calls);
    }

    [Fact]
    public async Task HEAD_is_answered_from_a_stored_GET_and_never_takes_its_place()
    {
        await using var shop = await CachedShop.OpenAsync(head => head.StartsWith("HEAD", StringComparison.Ordinal)
            ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nCache-Control: max-age=60\r\nConnection: close\r\n\r\n"
            : CachedShop.Ok(Fields, "0123456789"));
        Assert.Equal("5", CachedShop.Field(await shop.AskAsync("HEAD"), "Content-Length"));
        Assert.EndsWith("0123456789", await shop.GetAsync(), StringComparison.Ordinal);
        var answer = await shop.AskAsync("HEAD");
        Assert.Equal("10", CachedShop.Field(answer, "Content-Length"));
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("0123456789", await shop.GetAsync(), StringComparison.Ordinal);
        Assert.Equal(2, shop.Calls);
    }

    [GeneratedRegex("multipart/byteranges; boundary=(?<boundary>[0-9a-f]+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Boundary();
}
