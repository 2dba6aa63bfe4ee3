using AkkaPerf.Http.Caching.Rules;
using CsCheck;

namespace AkkaPerf.Http.Tests.Caching.Rules;

/// <summary>RFC 9111, section 5.2.</summary>
public sealed class CacheControlTests
{
    [Theory]
    [InlineData("max-age=5", 5L)]
    [InlineData("MAX-AGE=5", 5L)]
    [InlineData("max-age=\"5\"", 5L)] // both forms are read (section 5.2)
    [InlineData(" , max-age = 5 ,, foo", 5L)]
    [InlineData("foo=\"a, max-age=9\", max-age=5", 5L)]
    [InlineData("foo=\"a\\\", max-age=9\", max-age=5", 5L)]
    [InlineData("max-age=7, max-age=5", 5L)]
    [InlineData("max-age=5, max-age=7", 5L)]
    [InlineData("max-age=99999999999999999999", 1L << 31)]
    [InlineData("max-age=2147483649", 1L << 31)]
    [InlineData("max-age=-5", 0L)] // what cannot be read is stale (section 4.2.1)
    [InlineData("max-age=5.0", 0L)]
    [InlineData("max-age=+5", 0L)]
    [InlineData("max-age='5'", 0L)]
    [InlineData("max-age=", 0L)]
    [InlineData("max-age", 0L)]
    [InlineData("xmax-age=5", null)]
    [InlineData("max-agex=5", null)]
    [InlineData("max=5", null)]
    [InlineData("foo=\"max-age=5\"", null)]
    public void Max_age_is_read(string line, long? seconds) => Assert.Equal(seconds, Read(line).MaxAge);

    [Theory]
    [InlineData("public", (int)(Directive.Public))]
    [InlineData("Private", (int)(Directive.Private))]
    [InlineData("no-store", (int)(Directive.NoStore))]
    [InlineData("no-store=foo", (int)(Directive.NoStore))]
    [InlineData("no-cache", (int)(Directive.NoCache))]
    [InlineData("no-cache=\"\"", (int)(Directive.NoCache))]
    [InlineData("no-cache=\"Set-Cookie\"", (int)(Directive.None))]
    [InlineData("private=\"Set-Cookie, X\"", (int)(Directive.None))]
    [InlineData("must-revalidate, proxy-revalidate", (int)(Directive.MustRevalidate | Directive.ProxyRevalidate))]
    [InlineData("must-understand,no-store", (int)(Directive.MustUnderstand | Directive.NoStore))]
    [InlineData("no-transform, immutable, only-if-cached", (int)(Directive.NoTransform | Directive.Immutable | Directive.OnlyIfCached))]
    [InlineData("nostore, no_store, no-storex", (int)(Directive.None))]
    public void Directives_are_read(string line, int said)
    {
        var control = Read(line);
        Assert.All(Enum.GetValues<Directive>().Where(flag => flag != Directive.None), flag => Assert.Equal(((Directive)said).HasFlag(flag), control.Has(flag)));
    }

    [Fact]
    public void Fields_that_are_named_are_kept_over_all_lines()
    {
        var control = Read("no-cache=\"Set-Cookie, X-A\"", "no-cache=X-B, private=\"X-C\"");
        Assert.Equal("Set-Cookie, X-A,X-B", control.NoCacheFields);
        Assert.Equal("X-C", control.PrivateFields);
    }

    [Fact]
    public void A_requests_directives_are_read()
    {
        var control = Read("min-fresh=3, max-stale=4");
        Assert.Equal((3L, 4L), (control.MinFresh, control.MaxStale));
        Assert.Equal(long.MaxValue, Read("max-stale").MaxStale);
    }

    [Fact]
    public void Rfc5861_is_read()
    {
        var control = Read("max-age=1, stale-while-revalidate=60, stale-if-error=600");
        Assert.Equal((60L, 600L), (control.StaleWhileRevalidate, control.StaleIfError));
    }

    [Fact]
    public void Nothing_makes_it_throw_or_say_more_than_it_was_told() =>
        Gen.String[Gen.Char["max-age=0123456789,;\"\\ \tno-storeprivate"], 0, 60].Check(line =>
        {
            var control = Read(line);
            Assert.True(control.MaxAge is null or (>= 0 and <= CacheControl.Longest));
            Assert.True(!control.Has(Directive.NoStore) || line.Contains("no-store", StringComparison.OrdinalIgnoreCase));
        }, iter: 100_000);

    private static CacheControl Read(params string[] lines)
    {
        var control = default(CacheControl);
        foreach (var line in lines)
        {
            control.Read(line);
        }

        return control;
    }
}
