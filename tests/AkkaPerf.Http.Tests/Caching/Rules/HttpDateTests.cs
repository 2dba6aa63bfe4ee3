using AkkaPerf.Http.Caching.Rules;
using CsCheck;

namespace AkkaPerf.Http.Tests.Caching.Rules;

/// <summary>RFC 9110, section 5.6.7.</summary>
public sealed class HttpDateTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sun Nov  6 08:49:37 1994")]
    [InlineData("SUN, 06 nov 1994 08:49:37 gmt")]
    [InlineData("Mon, 06 Nov 1994 08:49:37 GMT")] // the day's name is not checked against the date
    public void Section_5_6_7_all_three_forms_are_read(string text)
    {
        Assert.True(HttpDate.TryParse(text, Now, out var date));
        Assert.Equal(new DateTimeOffset(1994, 11, 6, 8, 49, 37, TimeSpan.Zero), date);
    }

    [Fact]
    public void Section_5_6_7_two_digits_more_than_50_years_ahead_are_the_last_centurys()
    {
        Assert.True(HttpDate.TryParse("Sunday, 06-Nov-76 08:49:37 GMT", Now, out var ahead));
        Assert.True(HttpDate.TryParse("Sunday, 06-Nov-77 08:49:37 GMT", Now, out var before));
        Assert.Equal((2076, 1977), (ahead.Year, before.Year));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 UTC")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 AEST")]
    [InlineData("Sun, 06 Nov 94 08:49:37 GMT")]
    [InlineData("Sun,  06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 6 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06-Nov-1994 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 +0000")]
    [InlineData("Sun, 06 Nov 1994 8:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49 GMT")]
    [InlineData("Sun, 31 Feb 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 24:49:37 GMT")]
    [InlineData("Sun, 06 Foo 1994 08:49:37 GMT")]
    [InlineData("1994-11-06T08:49:37Z")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 00 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 0000 08:49:37 GMT")]
    public void What_others_may_read_differently_is_no_date(string text) => Assert.False(HttpDate.TryParse(text, Now, out _));

    [Fact]
    public void What_is_written_is_read_as_it_was() => Gen.Long[0, DateTimeOffset.MaxValue.ToUnixTimeSeconds()].Check(seconds =>
    {
        var date = DateTimeOffset.FromUnixTimeSeconds(seconds);
        Assert.True(HttpDate.TryParse(HttpDate.Format(date), Now, out var read));
        Assert.Equal(date, read);
    });

    [Fact]
    public void Nothing_makes_it_throw() => Gen.String[Gen.Char["SunMoTeWdhFriaJbpyglNvD0123456789:-, GMTgmt"], 0, 40].Check(text => Assert.True(HttpDate.TryParse(text, Now, out var date) || date == default), iter: 100_000);
}
