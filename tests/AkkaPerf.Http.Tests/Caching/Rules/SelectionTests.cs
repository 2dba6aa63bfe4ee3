using AkkaPerf.Http.Caching.Rules;
using CsCheck;

namespace AkkaPerf.Http.Tests.Caching.Rules;

/// <summary>Which stored response, and how much of it, answers a request: RFC 9111, section 4.1 and 4.3.2; RFC 9110, sections 13 and 14.</summary>
public sealed class SelectionTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("Accept: a", "Accept: a", true)]
    [InlineData("Accept: a", "Accept: b", false)]
    [InlineData("", "Accept: a", false)] // missing is not empty, nor anything else
    [InlineData("", "Accept: ", false)]
    [InlineData("", "", true)]
    [InlineData("Accept: a, b", "Accept: a,b", true)] // white space is normalised
    [InlineData("Accept: a, b", "Accept: a|Accept: b", true)] // lines are combined
    [InlineData("Accept: a, b", "Accept:   a  ,  , b  ", true)]
    [InlineData("Accept: a, b", "Accept: b, a", false)] // an order may mean something
    [InlineData("Accept: a b", "Accept: a  b", false)]
    public void Section_4_1_vary(string stored, string asked, bool isMatch)
    {
        var names = VaryRules.NamesOf("Accept");
        var values = names.Select(name => VaryRules.ValueOf(Lines(stored), name)).ToArray();
        Assert.Equal(isMatch, VaryRules.Match(Lines(asked), names, values));
    }

    [Fact]
    public void Section_4_1_names_are_a_list_over_all_lines() =>
        Assert.Equal(["Accept", "accept-encoding", "X"], VaryRules.NamesOf(new(["X,, Accept", "accept-encoding , ACCEPT"])));

    [Theory]
    [InlineData("If-None-Match: \"a\"", true)]
    [InlineData("If-None-Match: W/\"a\"", true)] // the weak comparison (13.1.2)
    [InlineData("If-None-Match: \"b\", \"a\"", true)]
    [InlineData("If-None-Match: *", true)]
    [InlineData("If-None-Match: \"b\"", false)]
    [InlineData("If-None-Match: a", false)]
    [InlineData("If-None-Match: \"b\"|If-Modified-Since: Tue, 24 Nov 2026 11:00:00 GMT", false)] // 13.1.3: not looked at beside If-None-Match
    [InlineData("If-Modified-Since: Tue, 24 Nov 2026 11:00:00 GMT", true)]
    [InlineData("If-Modified-Since: Tue, 24 Nov 2026 11:59:59 GMT", true)]
    [InlineData("If-Modified-Since: Tue, 24 Nov 2026 10:59:59 GMT", false)]
    [InlineData("If-Modified-Since: yesterday", false)]
    [InlineData("", false)]
    public void Section_13_2_2_conditions(string request, bool isNotModified) => Assert.Equal(
        isNotModified, Precondition.IsNotModified(Lines(request), "\"a\"", new DateTimeOffset(2026, 11, 24, 11, 0, 0, TimeSpan.Zero), Now));

    [Theory]
    [InlineData("", true)]
    [InlineData("If-Range: \"a\"", true)]
    [InlineData("If-Range: W/\"a\"", false)] // 13.1.5: the strong comparison
    [InlineData("If-Range: \"b\"", false)]
    [InlineData("If-Range: Tue, 24 Nov 2026 11:00:00 GMT", true)]
    [InlineData("If-Range: Tuesday, 24-Nov-26 11:00:00 GMT", true)]
    [InlineData("If-Range: Tue, 24 Nov 2026 11:00:01 GMT", false)] // exactly, not later
    [InlineData("If-Range: \"a\"|If-Range: \"a\"", false)]
    [InlineData("If-Range: a", false)]
    public void Section_13_1_5_if_range(string request, bool counts) =>
        Assert.Equal(counts, Precondition.RangeCounts(Lines(request), "\"a\"", "Tue, 24 Nov 2026 11:00:00 GMT", Now));

    [Theory]
    [InlineData("bytes=0-4", "0-4")]
    [InlineData("BYTES=0-4", "0-4")]
    [InlineData("bytes=5-", "5-9")]
    [InlineData("bytes=-3", "7-9")]
    [InlineData("bytes=-30", "0-9")]
    [InlineData("bytes=8-99999999999999999999", "8-9")]
    [InlineData("bytes=0-0, 9-9", "0-0 9-9")]
    [InlineData("bytes=0-1,20-30", "0-1")]
    [InlineData("bytes=10-", "")] // 416
    [InlineData("bytes=-0", "")]
    [InlineData("bytes=5-4", null)] // ignored
    [InlineData("bytes=a-b", null)]
    [InlineData("bytes=1", null)]
    [InlineData("bytes=", null)]
    [InlineData("lines=0-4", null)]
    [InlineData("bytes=0-4, 3-6", null)] // 14.2: what overlaps only costs
    [InlineData("bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8", null)]
    [InlineData("bytes 0-4", null)]
    public void Section_14_2_ranges(string field, string? parts)
    {
        var found = ByteRange.Parse(field, 10);
        Assert.Equal(parts, found is null ? null : string.Join(' ', found.Select(range => $"{range.First}-{range.Last}")));
    }

    [Fact]
    public void Ranges_lie_in_the_body_and_add_up_to_no_more() =>
        Gen.Select(Gen.String[Gen.Char["bytes=0123456789-, "], 0, 30], Gen.Long[0, 50]).Check((text, length) =>
        {
            var found = ByteRange.Parse("bytes=" + text, length);
            Assert.True(found is null || found.All(range => range.First >= 0 && range.Last < length && range.Length > 0), text);
            Assert.True(found is null || found.Sum(range => range.Length) <= length, text);
        }, iter: 100_000);

    [Theory]
    [InlineData("\"a\"", true)]
    [InlineData("W/\"a\"", true)]
    [InlineData("\"\"", true)]
    [InlineData("w/\"a\"", false)]
    [InlineData("a", false)]
    [InlineData("\"a", false)]
    [InlineData("\"a b\"", false)]
    [InlineData("\"a\"b\"", false)]
    public void Section_8_8_3_entity_tags(string text, bool isValid) => Assert.Equal(isValid, EntityTag.IsValid(text));

    [Theory]
    [InlineData("a=1", true)]
    [InlineData("a", true)]
    [InlineData("a;x=1;y, b=\"q\\\"\", c=?0, d=:YQ==:, e=1.5, f=(a \"b\";x 2), g=tok/en, h=@1, *x=1", true)]
    [InlineData("", true)]
    [InlineData("  a=1 \t,\tb", true)]
    [InlineData("a,", false)]
    [InlineData("a,,b", false)]
    [InlineData("A=1", false)]
    [InlineData("a=\"", false)]
    [InlineData("a=?2", false)]
    [InlineData("a=(1", false)]
    [InlineData("a=1.", false)]
    [InlineData("a=1234567890123456", false)]
    [InlineData("a=é", false)]
    [InlineData("a b", false)]
    public void Rfc9651_dictionaries(string text, bool isValid) => Assert.Equal(isValid, StructuredDictionary.TryParse(text, out _));

    [Fact]
    public void Nothing_makes_a_dictionary_throw() =>
        Gen.String[Gen.Char["ab1.-=?:;,()\"\\ \t@%*/A"], 0, 30].Check(text => Assert.True(StructuredDictionary.TryParse(text, out _) || text.Length > 0), iter: 100_000);

    private static Fields Lines(string lines) => new(lines.Split('|', StringSplitOptions.RemoveEmptyEntries));
}
