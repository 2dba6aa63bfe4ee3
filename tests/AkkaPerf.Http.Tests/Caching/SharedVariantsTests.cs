using System.Collections.Concurrent;
using System.Text;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>Variants of one URL that several processes store in one second level.</summary>
public sealed class SharedVariantsTests : IAsyncDisposable
{
    // What is under way when time goes on is not given up.
    private const string Patient = "cache.l2.hard-timeout = 1m\ncache.invalidation.interval = 1m";

    private readonly OpenStore _store = new();
    private readonly StillTime _time = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _held = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _fields = new(StringComparer.Ordinal);
    private readonly RawOrigin _origin;
    private int _count;

    public SharedVariantsTests() => _origin = RawOrigin.Start(async connection =>
    {
        var count = Interlocked.Increment(ref _count);
        var language = CachedShop.Field(connection.Head, "X-Lang") ?? "";
        if (_held.TryGetValue(language, out var held))
        {
            await held.Task;
        }

        await connection.SendAsync(CachedShop.Ok($"Vary: X-Lang|{_fields.GetValueOrDefault(language, "Cache-Control: max-age=60, stale-if-error=0|ETag: \"a\"")}", $"[{language}]#{count}"));
        connection.Close();
    });

    [Fact]
    public async Task One_that_stores_its_own_again_leaves_the_other_s()
    {
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        await GetAsync(one, "de");
        await HasAsync("de");
        _time.Advance(TimeSpan.FromSeconds(30));
        await GetAsync(other, "en");
        await HasAsync("de", "en");

        // Only the first one's is stale.
        _time.Advance(TimeSpan.FromSeconds(31));
        await GetAsync(one, "de");
        Assert.Equal(3, _origin.Heads.Count);
        await WrittenAsync(3);
        await using var third = await OpenAsync();
        Assert.EndsWith("[en]#2", await GetAsync(third, "en"), StringComparison.Ordinal);
        Assert.EndsWith("[de]#3", await GetAsync(third, "de"), StringComparison.Ordinal);
        Assert.Equal(3, _origin.Heads.Count);
    }

    [Fact]
    public async Task Two_that_miss_at_once_leave_both_of_theirs()
    {
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        var (de, en) = (Hold("de"), Hold("en"));
        var first = GetAsync(one, "de");
        var second = GetAsync(other, "en");
        await Until.TrueAsync(() => _origin.Heads.Count == 2, "both ask");
        de.SetResult();
        await first;
        await HasAsync("de");
        en.SetResult();
        await second;
        await HasAsync("de", "en");
        await using var third = await OpenAsync();
        await GetAsync(third, "de");
        await GetAsync(third, "en");
        Assert.Equal(2, _origin.Heads.Count);
    }

    [Fact]
    public async Task Two_that_write_at_the_same_moment_lose_none_of_theirs()
    {
        LiveLong("de", "en");
        await using var one = await OpenAsync(Patient);
        await using var other = await OpenAsync(Patient);
        var hasRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mayWrite = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            // What it has read before it writes has nothing of the first one's.
            _store.BeforeSet = (key, value) => IsOwn(key) && TextOf(value).Contains("[en]", StringComparison.Ordinal) && hasRead.TrySetResult() ? mayWrite.Task : Task.CompletedTask;
            await GetAsync(other, "en");
            await hasRead.Task.WaitAsync(TimeSpan.FromSeconds(30));
            await GetAsync(one, "de");
            await HasAsync("de");
        }
        finally
        {
            _store.BeforeSet = null;
            mayWrite.SetResult();
        }

        await HasAsync("en");
        Assert.DoesNotContain("[de]", Text(), StringComparison.Ordinal);
        await PassUntilAsync(() => Text().Contains("[de]", StringComparison.Ordinal));
        await HasAsync("de", "en");
        await using var third = await OpenAsync();
        await GetAsync(third, "de");
        await GetAsync(third, "en");
        Assert.Equal(2, _origin.Heads.Count);
    }

    [Fact]
    public async Task Who_looks_again_brings_nothing_back_that_was_purged_meanwhile()
    {
        LiveLong("de", "en", "fr");
        await using var one = await OpenAsync(Patient);
        await using var other = await OpenAsync(Patient);
        await GetAsync(one, "de");
        await HasAsync("de");
        await GetAsync(other, "en");
        await HasAsync("de", "en");
        _time.Advance(TimeSpan.FromMilliseconds(500));
        await PurgeAsync(one);
        Assert.Equal("", Text());
        _time.Advance(TimeSpan.FromMilliseconds(500));
        await GetAsync(one, "fr");
        await HasAsync("fr");
        var reads = _store.Gets.GetValueOrDefault(OwnKey);
        await PassUntilAsync(() => _store.Gets.GetValueOrDefault(OwnKey) > reads);
        Assert.DoesNotContain("[de]", Text(), StringComparison.Ordinal);
        Assert.DoesNotContain("[en]", Text(), StringComparison.Ordinal);
        await GetAsync(other, "fr");
        Assert.Equal(3, _origin.Heads.Count);
    }

    [Fact]
    public async Task What_the_second_level_has_lost_is_kept_in_the_first_and_brought_back()
    {
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        await GetAsync(one, "de");
        await HasAsync("de");
        _store.Entries.TryRemove(Key, out _);
        await GetAsync(other, "en");
        await HasAsync("en");
        await GetAsync(one, "en");
        await GetAsync(one, "de");
        Assert.Equal(2, _origin.Heads.Count);
        await HasAsync("de", "en");
    }

    [Fact]
    public async Task Together_they_keep_no_more_than_the_limit_the_newest_first()
    {
        const string Limit = "cache.http.max-variants = 2";
        await using var one = await OpenAsync(Limit);
        await using var other = await OpenAsync(Limit);
        var (en, fr) = (Hold("en"), Hold("fr"));
        await GetAsync(one, "de");
        await HasAsync("de");
        _time.Advance(TimeSpan.FromSeconds(1));
        var second = GetAsync(one, "en");
        await Until.TrueAsync(() => _origin.Heads.Count == 2, "the first asks for its second");
        _time.Advance(TimeSpan.FromSeconds(1));
        var third = GetAsync(other, "fr");
        await Until.TrueAsync(() => _origin.Heads.Count == 3, "the other asks for its own");
        en.SetResult();
        await second;
        await HasAsync("de", "en");
        fr.SetResult();
        await third;
        await HasAsync("en", "fr");
        Assert.DoesNotContain("[de]", Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_purge_takes_all_of_them()
    {
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        await GetAsync(one, "de");
        await HasAsync("de");
        await GetAsync(other, "en");
        await HasAsync("de", "en");
        _time.Advance(TimeSpan.FromSeconds(1));
        await PurgeAsync(one);
        Assert.Equal("", Text());
        _time.Advance(TimeSpan.FromSeconds(1));
        await GetAsync(one, "de");
        await HasAsync("de");
        Assert.DoesNotContain("[en]", Text(), StringComparison.Ordinal);
        await using var third = await OpenAsync();
        await GetAsync(third, "en");
        Assert.Equal(4, _origin.Heads.Count);
    }

    [Fact]
    public async Task What_is_not_to_be_stored_any_more_does_not_come_back()
    {
        await using var one = await OpenAsync();
        await GetAsync(one, "de");
        _time.Advance(TimeSpan.FromSeconds(30));
        await GetAsync(one, "en");
        await HasAsync("de", "en");
        _time.Advance(TimeSpan.FromSeconds(31));
        _fields["de"] = "Cache-Control: no-store";
        await GetAsync(one, "de");
        await Until.TrueAsync(() => !Text().Contains("[de]", StringComparison.Ordinal), "it is dropped");
        await HasAsync("en");
    }

    [Fact]
    public async Task The_newer_of_two_that_answer_the_same_stays()
    {
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        var de = Hold("de");
        var older = GetAsync(one, "de");
        await Until.TrueAsync(() => _origin.Heads.Count == 1, "the older one is asked for");
        _held.TryRemove("de", out _);
        _time.Advance(TimeSpan.FromSeconds(1));
        await GetAsync(other, "de");
        await HasAsync("de");
        _time.Advance(TimeSpan.FromSeconds(1));
        de.SetResult();
        await older;
        await WrittenAsync(2);
        Assert.Contains("[de]#2", Text(), StringComparison.Ordinal);
        Assert.DoesNotContain("[de]#1", Text(), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _origin.DisposeAsync();

    private string Key => _store.Entries.Keys.Single(IsOwn);

    private static string TextOf(byte[] value) => System.Text.Encoding.Latin1.GetString(value);

    private string Text() => string.Concat(_store.Entries.Where(static one => IsOwn(one.Key)).Select(static one => TextOf(one.Value)));

    private string OwnKey => _store.Gets.Keys.SingleOrDefault(IsOwn) ?? "";

    private static bool IsOwn(string key) => key.EndsWith("http://shop/p", StringComparison.Ordinal);

    // To its end: what is removed is looked at twice, and between the two what is loaded is not stored.
    private static async Task PurgeAsync(Proxy proxy)
    {
        using var content = new StringContent("""{"urls":["http://shop/p"]}""", Encoding.UTF8, "application/json");
        using var answer = await proxy.Client.PostAsync(new Uri("/-/pipelines/shop/purge", UriKind.Relative), content);
        Assert.True(answer.IsSuccessStatusCode);
    }

    private void LiveLong(params string[] languages) => Array.ForEach(languages, language => _fields[language] = "Cache-Control: max-age=31536000");

    // By more than is waited before a key is looked at again; once more if that had not begun yet.
    private async Task PassUntilAsync(Func<bool> isSo)
    {
        for (var tries = 0; tries < 15 && !isSo(); tries++)
        {
            _time.Advance(TimeSpan.FromMinutes(30));
            using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            while (!isSo() && !soon.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }

        Assert.True(isSo(), "It never came true, however much time passed.");
    }

    private TaskCompletionSource Hold(string language) => _held[language] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task HasAsync(params string[] languages) => Until.TrueAsync(
        () => Text() is var text && languages.All(language => text.Contains($"[{language}]", StringComparison.Ordinal)), $"the second level has {string.Join(", ", languages)}");

    private Task WrittenAsync(int times) => Until.TrueAsync(() => _store.Sets.GetValueOrDefault(Key) == times, $"it is written {times} times");

    private Task<string> GetAsync(Proxy proxy, string language) =>
        RawConnection.AskAsync(proxy.Address, $"GET /p HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nX-Lang: {language}\r\n\r\n");

    private Task<Proxy> OpenAsync(string hocon = "") => Proxy.WithStoreAsync(_store, "timeout = 1h\n" + hocon, http => http.Time = _time, _origin.Address);
}
