using AkkaPerf.Caching;
using AkkaPerf.Http.Caching.Rules;

namespace AkkaPerf.Http.Tests.Caching.Rules;

/// <summary>RFC 9111, sections 3, 4.2 and 5; RFC 5861; RFC 9213.</summary>
public sealed class StorabilityTests
{
    private const string Date = "Date: Tue, 24 Nov 2026 12:00:00 GMT";

    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 10, TimeSpan.Zero);

    [Theory]
    [InlineData("Cache-Control: max-age=60", 60)]
    [InlineData("Cache-Control: max-age=60, s-maxage=30", 30)] // 5.2.2.10: s-maxage overrides for shared caches
    [InlineData("Cache-Control: s-maxage=90, max-age=60", 90)]
    [InlineData("Cache-Control: max-age=60|Expires: Tue, 24 Nov 2026 13:00:00 GMT", 60)] // 5.3: max-age overrides Expires
    [InlineData("Expires: Tue, 24 Nov 2026 12:01:00 GMT", 60)] // 4.2.1: Expires - Date
    [InlineData("Expires: Tue, 24 Nov 2026 11:00:00 GMT|ETag: \"a\"", 0)]
    [InlineData("Expires: 0|ETag: \"a\"", 0)] // 5.3: an invalid date lies in the past
    [InlineData("Expires: Tue, 24 Nov 2026 12:01:00 UTC|ETag: \"a\"", 0)]
    [InlineData("Expires: Tue, 24 Nov 2026 12:01:00 GMT|Expires: Tue, 24 Nov 2026 12:01:00 GMT|ETag: \"a\"", 0)]
    [InlineData("Cache-Control: max-age=1|Cache-Control: max-age=60", 1)] // 4.2.1: of several the smaller, or stale
    [InlineData("Cache-Control: max-age=60x|ETag: \"a\"", 0)] // 4.2.1: invalid is stale
    public void Section_4_2_1_freshness_lifetime(string fields, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Judge(200, fields)!.Lifetime);

    [Theory]
    [InlineData(200)]
    [InlineData(299)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(499)]
    [InlineData(500)]
    [InlineData(599)]
    public void Section_3_any_final_status_with_explicit_freshness_is_stored(int status) => Assert.NotNull(Judge(status, "Cache-Control: max-age=60"));

    [Theory]
    [InlineData(100)]
    [InlineData(199)]
    [InlineData(206)] // ranges are not put together
    [InlineData(304)]
    public void Section_3_a_status_that_is_not_final_or_not_whole_is_not(int status) => Assert.Null(Judge(status, "Cache-Control: max-age=60"));

    [Theory]
    [InlineData("Cache-Control: no-store, max-age=60")]
    [InlineData("Cache-Control: private, max-age=60")]
    [InlineData("Cache-Control: max-age=60|Vary: *")]
    [InlineData("Cache-Control: max-age=60|Vary: Accept, *, Cookie")]
    [InlineData("")] // neither fresh nor to be validated
    [InlineData("Cache-Control: public")]
    public void Section_3_what_must_not_or_need_not_be_stored_is_not(string fields) => Assert.Null(Judge(200, fields));

    [Fact]
    public void Section_5_2_1_5_a_request_with_no_store_stores_nothing() => Assert.Null(Judge(200, "Cache-Control: max-age=60", "Cache-Control: no-store"));

    [Theory]
    [InlineData("max-age=60", false)]
    [InlineData("max-age=60, public", true)]
    [InlineData("max-age=60, must-revalidate", true)]
    [InlineData("s-maxage=60", true)]
    [InlineData("max-age=60, proxy-revalidate", false)]
    public void Section_3_5_authorization(string control, bool isStored) =>
        Assert.Equal(isStored, Judge(200, $"Cache-Control: {control}", "Authorization: Basic x", HttpCacheProfile.Rfc9111) is not null);

    [Theory]
    [InlineData("Authorization: Basic x")]
    [InlineData("Cookie: a=1")]
    public void In_the_safe_profile_who_shows_who_he_is_fills_the_cache_only_with_what_is_for_everybody(string request)
    {
        Assert.Null(Judge(200, "Cache-Control: max-age=60, must-revalidate", request));
        Assert.NotNull(Judge(200, "Cache-Control: max-age=60, public", request));
        Assert.NotNull(Judge(200, "Cache-Control: s-maxage=60", request));
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(404, true)]
    [InlineData(299, false)]
    [InlineData(499, false)]
    public void Section_5_2_2_3_must_understand_goes_before_no_store_for_who_does(int status, bool isStored) =>
        Assert.True(isStored == Judge(status, "Cache-Control: must-understand, no-store, max-age=60") is not null && isStored == Judge(status, "Cache-Control: must-understand, max-age=60") is not null);

    [Theory]
    [InlineData("Cache-Control: max-age=5", 5)]
    [InlineData("Cache-Control: max-age=0", 0)]
    [InlineData("Expires: 0", 0)]
    [InlineData("Expires: Tue, 24 Nov 2026 12:00:05 GMT", 5)]
    [InlineData("CDN-Cache-Control: max-age=7", 7)]
    public void Section_4_2_2_nothing_is_guessed_where_a_life_is_told(string fields, int seconds)
    {
        var judged = Judge(200, $"{fields}|Last-Modified: Tue, 24 Nov 2020 12:00:00 GMT", "", HttpCacheProfile.Rfc9111)!;
        Assert.Equal((TimeSpan.FromSeconds(seconds), false), (judged.Lifetime, judged.IsHeuristic));
    }

    [Fact]
    public void Section_5_2_2_4_no_cache_is_stored_and_never_used_without_asking()
    {
        var judged = Judge(200, "Cache-Control: no-cache, max-age=60|ETag: \"a\"")!;
        Assert.True(judged.NeedsValidation);
        Assert.True(judged.NeverStale);
        Assert.Equal(TimeSpan.Zero, judged.Lifetime);
    }

    [Theory]
    [InlineData("max-age=60", false)]
    [InlineData("max-age=60, must-revalidate", true)]
    [InlineData("max-age=60, proxy-revalidate", true)]
    [InlineData("s-maxage=60", true)]
    public void Section_4_2_4_what_is_never_used_stale(string control, bool isNever) => Assert.Equal(isNever, Judge(200, $"Cache-Control: {control}")!.NeverStale);

    [Theory]
    [InlineData(HttpCacheProfile.Safe, 200, true)]
    [InlineData(HttpCacheProfile.Safe, 301, true)]
    [InlineData(HttpCacheProfile.Safe, 404, false)]
    [InlineData(HttpCacheProfile.Safe, 405, false)] // poisonable: anybody can provoke it
    [InlineData(HttpCacheProfile.Safe, 414, false)]
    [InlineData(HttpCacheProfile.Safe, 501, false)]
    [InlineData(HttpCacheProfile.Rfc9111, 404, true)]
    [InlineData(HttpCacheProfile.Rfc9111, 405, true)]
    [InlineData(HttpCacheProfile.Rfc9111, 414, true)]
    [InlineData(HttpCacheProfile.Rfc9111, 501, true)]
    [InlineData(HttpCacheProfile.Rfc9111, 201, false)]
    [InlineData(HttpCacheProfile.Rfc9111, 302, false)]
    [InlineData(HttpCacheProfile.Rfc9111, 403, false)]
    [InlineData(HttpCacheProfile.Rfc9111, 503, false)]
    public void Section_4_2_2_heuristics_by_status(HttpCacheProfile profile, int status, bool isFresh)
    {
        var judged = Judge(status, $"{Date}|Last-Modified: Tue, 24 Nov 2026 11:43:20 GMT", "", profile);
        Assert.Equal(isFresh ? TimeSpan.FromSeconds(100) : TimeSpan.Zero, judged?.Lifetime ?? TimeSpan.Zero);
        Assert.True(judged is null || judged.IsHeuristic);
    }

    [Fact]
    public void Section_4_2_2_public_lets_any_status_be_guessed() =>
        Assert.Equal(TimeSpan.FromSeconds(100), Judge(403, $"{Date}|Last-Modified: Tue, 24 Nov 2026 11:43:20 GMT|Cache-Control: public", "", HttpCacheProfile.Rfc9111)!.Lifetime);

    [Fact]
    public void Section_4_2_2_a_guess_is_a_day_at_most() =>
        Assert.Equal(TimeSpan.FromDays(1), Judge(200, $"{Date}|Last-Modified: Tue, 24 Nov 2020 12:00:00 GMT")!.Lifetime);

    [Theory]
    [InlineData(HttpCacheProfile.Safe, false)]
    [InlineData(HttpCacheProfile.Rfc9111, true)]
    public void Section_7_3_set_cookie_is_the_profiles_business(HttpCacheProfile profile, bool isStored) =>
        Assert.Equal(isStored, Judge(200, "Cache-Control: max-age=60|Set-Cookie: a=b", "", profile) is not null);

    [Fact]
    public void Rfc5861_stale_windows()
    {
        var judged = Judge(200, "Cache-Control: max-age=60, stale-while-revalidate=30, stale-if-error=300")!;
        Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(300)), (judged.StaleWhileRevalidate, judged.StaleIfError));
    }

    [Theory]
    [InlineData("CDN-Cache-Control: max-age=5|Cache-Control: no-store", 5)] // 2.2: the targeted field stands in its place
    [InlineData("CDN-Cache-Control: max-age=5, public|Expires: 0", 5)]
    [InlineData("X-Cache-Control: max-age=7|CDN-Cache-Control: max-age=5", 7)] // the first of the list
    [InlineData("X-Cache-Control: max-age=7;;|CDN-Cache-Control: max-age=5", 5)] // 2.1: an invalid one is ignored
    [InlineData("CDN-Cache-Control: max-age=\"5\"|Cache-Control: max-age=9|ETag: \"a\"", 0)] // the wrong type says nothing, the field still counts
    [InlineData("CDN-Cache-Control: max-age=5, max-age=6", 6)] // structured fields: the last one counts
    [InlineData("CDN-Cache-Control: Max-Age=5|Cache-Control: max-age=9", 9)] // keys are lower case
    [InlineData("CDN-Cache-Control: |Cache-Control: max-age=9", 9)]
    [InlineData("CDN-Cache-Control: max-age=5,|Cache-Control: max-age=9", 9)]
    [InlineData("CDN-Cache-Control: max-age=5;foo=bar, x=(1 2);y|Cache-Control: max-age=9", 5)]
    public void Rfc9213_targeted_fields(string fields, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Judge(200, fields)!.Lifetime);

    [Fact]
    public void Rfc9213_a_targeted_field_forbids_as_well() => Assert.Null(Judge(200, "CDN-Cache-Control: no-store|Cache-Control: max-age=9"));

    [Theory]
    [InlineData("0", "", 10)] // apparent age: now - Date
    [InlineData("30", "", 32)] // Age and what the way took
    [InlineData("30, 60", "", 32)] // 5.1: the first member counts
    [InlineData("-30", "", 10)]
    [InlineData("30.5", "", 10)]
    [InlineData("abc", "", 10)]
    [InlineData("99999999999999999999", "", 1L << 31)]
    public void Section_4_2_3_age(string age, string date, long seconds)
    {
        var dates = date.Length > 0 ? date : Date["Date: ".Length..];
        Assert.Equal(TimeSpan.FromSeconds(seconds), AgeRules.Initial(age, dates, TimeSpan.FromSeconds(2), Now));
    }

    private static Storability? Judge(int status, string fields, string request = "", HttpCacheProfile profile = HttpCacheProfile.Safe)
    {
        var lines = fields.Split('|', StringSplitOptions.RemoveEmptyEntries);
        return Storability.Judge(
            new Fields(request.Split('|', StringSplitOptions.RemoveEmptyEntries)),
            status,
            new Fields([.. lines, .. lines.Any(line => line.StartsWith("Date", StringComparison.Ordinal)) ? Array.Empty<string>() : [Date]]),
            new StoreRules(profile, ["X-Cache-Control", "CDN-Cache-Control"]),
            Now);
    }
}
