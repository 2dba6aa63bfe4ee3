using AkkaPerf.Caching;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>A second level that fails when it is asked about a URL and its variants: as if there were none, for the time being.</summary>
public sealed class SecondLevelOutageTests : IAsyncDisposable
{
    private readonly OpenStore _store = new();
    private readonly StillTime _time = new();
    private readonly RawOrigin _origin;
    private string _control = "max-age=31536000";
    private int _count;

    public SecondLevelOutageTests() => _origin = RawOrigin.Start(async connection =>
    {
        var language = CachedShop.Field(connection.Head, "X-Lang");
        await connection.SendAsync(CachedShop.Field(connection.Head, "If-None-Match") is null
            ? CachedShop.Ok($"Vary: X-Lang|Cache-Control: {_control}|ETag: \"a\"", $"[{language}]#{Interlocked.Increment(ref _count)}")
            : CachedShop.Empty("304 Not Modified", $"Cache-Control: {_control}|ETag: \"a\""));
        connection.Close();
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_miss_is_asked_of_the_origin_and_kept_in_the_first_level(bool canWrite)
    {
        await using (var before = await OpenAsync())
        {
            await GetAsync(before, "de");
            await HasAsync("[de]#1");
        }

        Break(canWrite);
        await using var proxy = await OpenAsync();
        Assert.EndsWith("[de]#2", await GetAsync(proxy, "de"), StringComparison.Ordinal);
        var hit = await GetAsync(proxy, "de");
        Assert.StartsWith("HTTP/1.1 200 ", hit, StringComparison.Ordinal);
        Assert.StartsWith("AkkaPerf; hit", CachedShop.Field(hit, "Cache-Status"), StringComparison.Ordinal);
        Assert.Equal(2, _origin.Heads.Count);
        Assert.True(Counts(proxy) is { Errors: > 0, Hits: 0, Unavailable: > 0 });

        // What comes later is the newer one, whatever was there.
        Mend();
        await PassUntilAsync(() => Text().Contains("[de]#2", StringComparison.Ordinal) || !canWrite);
        await using var after = await OpenAsync();
        Assert.Contains(CachedShop.Field(await GetAsync(after, "de"), "ETag") ?? "", "\"a\"", StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_must_be_asked_about_is_asked_about_and_known_again_afterwards()
    {
        _control = "max-age=60";
        await using var proxy = await OpenAsync();
        await GetAsync(proxy, "de");
        await HasAsync("[de]#1");
        _time.Advance(TimeSpan.FromSeconds(61));
        Break(canWrite: false);
        var validated = await GetAsync(proxy, "de");
        Assert.EndsWith("[de]#1", validated, StringComparison.Ordinal);
        Assert.Equal("AkkaPerf; fwd=stale; fwd-status=304; stored", CachedShop.Field(validated, "Cache-Status"));

        // Another variant meanwhile, beside which the second level could not be asked for the first.
        Assert.EndsWith("[en]#2", await GetAsync(proxy, "en"), StringComparison.Ordinal);
        Assert.StartsWith("AkkaPerf; hit", CachedShop.Field(await GetAsync(proxy, "de"), "Cache-Status"), StringComparison.Ordinal);
        Assert.StartsWith("AkkaPerf; hit", CachedShop.Field(await GetAsync(proxy, "en"), "Cache-Status"), StringComparison.Ordinal);
        Assert.Equal(3, _origin.Heads.Count);
        await Until.TrueAsync(() => Counts(proxy).Errors > 0, "its failures are counted");
    }

    [Fact]
    public async Task A_read_that_never_ends_is_not_waited_for_any_longer_than_is_allowed()
    {
        await using var proxy = await OpenAsync("cache.l2.soft-timeout = 1s\ncache.l2.hard-timeout = 2s");
        var never = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.BeforeGet = _ => never.Task;
        var asked = GetAsync(proxy, "de");
        await Until.TrueAsync(() => !_store.Gets.IsEmpty, "it is read");
        await PassUntilAsync(() => asked.IsCompleted, TimeSpan.FromSeconds(3));
        Assert.EndsWith("[de]#1", await asked, StringComparison.Ordinal);
        Assert.True(Counts(proxy).Timeouts > 0);
        never.SetResult();
    }

    [Fact]
    public async Task What_was_lost_and_could_not_be_looked_for_is_brought_back_once_that_is_possible()
    {
        await using var one = await OpenAsync(Patient);
        await using var other = await OpenAsync(Patient);
        var hasRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mayWrite = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        // The other one has read before this one writes, and so takes its variant away.
        _store.BeforeSet = (key, value) => IsOwn(key) && TextOf(value).Contains("[en]", StringComparison.Ordinal) && hasRead.TrySetResult() ? mayWrite.Task : Task.CompletedTask;
        await GetAsync(other, "en");
        await hasRead.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await GetAsync(one, "de");
        await HasAsync("[de]");
        _store.BeforeSet = null;
        mayWrite.SetResult();
        await HasAsync("[en]");
        Assert.DoesNotContain("[de]", Text(), StringComparison.Ordinal);

        // Now it cannot be seen that it is lost.
        Break(canWrite: true);
        var errors = Counts(one).Errors;
        await PassUntilAsync(() => Counts(one).Errors > errors && Counts(other).Errors > 0);
        foreach (var proxy in new[] { one, other })
        {
            Assert.StartsWith("HTTP/1.1 200 ", await GetAsync(proxy, "de"), StringComparison.Ordinal);
            Assert.StartsWith("AkkaPerf; hit", CachedShop.Field(await GetAsync(proxy, proxy == one ? "de" : "en"), "Cache-Status"), StringComparison.Ordinal);
        }

        Mend();
        await PassUntilAsync(() => Text().Contains("[de]", StringComparison.Ordinal) && Text().Contains("[en]", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync() => await _origin.DisposeAsync();

    // What is under way when time goes on is not given up.
    private const string Patient = "cache.l2.hard-timeout = 1m\ncache.invalidation.interval = 1m";

    private static SecondLevelStatistics Counts(Proxy proxy) => proxy.Pipeline.Describe().Cache!.Distributed!;

    private static bool IsOwn(string key) => key.EndsWith("http://shop/p", StringComparison.Ordinal);

    private static string TextOf(byte[] value) => System.Text.Encoding.Latin1.GetString(value);

    private string Text() => string.Concat(_store.Entries.Where(static one => IsOwn(one.Key)).Select(static one => TextOf(one.Value)));

    private void Break(bool canWrite)
    {
        _store.BeforeGet = static _ => throw new IOException("Not now.");
        _store.BeforeSet = canWrite ? null : static (_, _) => throw new IOException("Not now.");
    }

    private void Mend() => (_store.BeforeGet, _store.BeforeSet) = (null, null);

    private Task HasAsync(string body) => Until.TrueAsync(() => Text().Contains(body, StringComparison.Ordinal), $"the second level has {body}");

    private Task PassUntilAsync(Func<bool> isSo) => PassUntilAsync(isSo, TimeSpan.FromMinutes(30));

    private async Task PassUntilAsync(Func<bool> isSo, TimeSpan step)
    {
        for (var tries = 0; tries < 15 && !isSo(); tries++)
        {
            _time.Advance(step);
            using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            while (!isSo() && !soon.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }

        Assert.True(isSo(), "It never came true, however much time passed.");
    }

    private static Task<string> GetAsync(Proxy proxy, string language) =>
        RawConnection.AskAsync(proxy.Address, $"GET /p HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nX-Lang: {language}\r\n\r\n");

    private Task<Proxy> OpenAsync(string hocon = "") => Proxy.WithStoreAsync(_store, "timeout = 1h\n" + hocon, http => http.Time = _time, _origin.Address);
}
