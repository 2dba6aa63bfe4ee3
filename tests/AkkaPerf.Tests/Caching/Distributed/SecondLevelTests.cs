using AkkaPerf.Caching.Distributed;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace AkkaPerf.Tests.Caching.Distributed;

public sealed class SecondLevelTests
{
    [Fact]
    public async Task What_is_written_is_read_with_its_life_and_tags()
    {
        await using var level = new Level();
        var life = level.Life();
        await level.SetAsync("k", "value", tags: ["red", ""]);

        var read = await level.GetAsync("k");

        Assert.Equal((L2ReadKind.Hit, "value", life), (read.Kind, read.Value, read.Life));
        Assert.Equal(["red", ""], read.Tags);
        Assert.Equal((1, 1, 0, 1), (level.Counters.Reads, level.Counters.Hits, level.Counters.Misses, level.Counters.Writes));
        Assert.Equal(level.Counters.BytesOut, level.Counters.BytesIn);
    }

    [Fact]
    public async Task Works_over_the_platforms_memory_store()
    {
        await using var level = new Level(new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions())));
        await level.SetAsync("k", "value");

        Assert.Equal("value", (await level.GetAsync("k")).Value);
        await level.RemoveAsync("k");
        Assert.Equal(L2ReadKind.Miss, (await level.GetAsync("k")).Kind);
    }

    [Fact]
    public async Task Store_is_told_the_life_that_remains_not_a_point_in_time()
    {
        await using var level = new Level();
        await level.SetAsync("k", "value", seconds: 60);

        Assert.Equal(TimeSpan.FromSeconds(60), level.Shelf.LifeOf("t:e:k"));
    }

    [Fact]
    public async Task Stores_of_buffers_are_given_them_and_keep_them_as_long_as_they_want()
    {
        var shelf = new BufferShelf { Hangs = true };
        await using var level = new Level(shelf);
        var late = Enumerable.Range(0, 4).Select(i => level.SetAsync($"late{i}", new string('a', 3000))).ToList();
        level.Time.Advance(TimeSpan.FromSeconds(1));
        await Task.WhenAll(late);

        // They all hold their buffers at once: had the first ones' been given back, they would be among them.
        var others = Enumerable.Range(0, 100).Select(i => level.SetAsync($"k{i}", new string('b', 3000))).ToList();
        shelf.LetGo();
        await Task.WhenAll(others);
        await Until.So(() => level.Second.LeftBehind == 0);
        await using var other = new Level(shelf);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(new string('a', 3000), (await other.GetAsync($"late{i}")).Value);
            Assert.Equal(new string('b', 3000), (await other.GetAsync($"k{i}")).Value);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_too_large_in_the_store_is_a_miss_and_no_failure_of_the_store(bool hasBuffers)
    {
        var shelf = hasBuffers ? new BufferShelf() : new Shelf();
        await using var level = new Level(shelf, options => options.MaxPayload = 1024);
        for (var i = 0; i < 10; i++)
        {
            shelf["t:e:k"] = new byte[1_000_000];
            Assert.Equal(L2ReadKind.Miss, (await level.GetAsync("k")).Kind);
        }

        Assert.Equal((10, 0, L2State.Closed), (level.Counters.RejectedAs(L2Rejection.Oversized), level.Counters.Errors, level.Second.State));
        Assert.Equal(0, shelf.Count);
    }

    [Fact]
    public async Task Life_that_contradicts_itself_is_not_stored()
    {
        await using var level = new Level();
        var life = new L2Life(level.Time.GetUtcNow(), level.Time.GetUtcNow().AddSeconds(2), level.Time.GetUtcNow().AddSeconds(1));
        await level.Second.WriteAsync("k", "value", life, [], Level.Serializer<string>(), CancellationToken.None);

        Assert.Equal((0, 1), (level.Shelf.Count, level.Counters.RejectedAs(L2Rejection.Malformed)));
    }

    [Fact]
    public async Task Nothing_is_a_miss()
    {
        await using var level = new Level();

        Assert.Equal(L2Read<string>.Miss, await level.GetAsync("k"));
        Assert.Equal(1, level.Counters.Misses);
    }

    [Fact]
    public async Task Removed_is_gone()
    {
        await using var level = new Level();
        await level.SetAsync("k", "value");
        await level.RemoveAsync("k");

        Assert.Equal(L2ReadKind.Miss, (await level.GetAsync("k")).Kind);
        Assert.Equal((0, 1), (level.Shelf.Count, level.Counters.Removes));
    }

    [Fact]
    public async Task Null_comes_back_as_null_and_is_a_hit()
    {
        await using var level = new Level();
        await level.SetAsync<string?>("k", null);

        var read = await level.GetAsync<string?>("k");

        Assert.Equal((L2ReadKind.Hit, null), (read.Kind, read.Value));
    }

    [Fact]
    public async Task Two_types_never_share_a_key()
    {
        await using var level = new Level();
        await level.SetAsync("k", "42");

        var read = await level.GetAsync<byte[]>("k");

        Assert.Equal(L2ReadKind.Miss, read.Kind);
        Assert.Equal(1, level.Counters.RejectedAs(L2Rejection.Type));
        Assert.Equal(0, level.Shelf.Count);
    }

    [Fact]
    public async Task Two_prefixes_never_share_a_key()
    {
        await using var one = new Level();
        await using var other = new Level(one.Shelf, prefix: "u:");
        await one.SetAsync("k", "value");

        Assert.Equal(L2ReadKind.Miss, (await other.GetAsync("k")).Kind);
        Assert.Equal("value", (await one.GetAsync("k")).Value);
    }

    [Fact]
    public async Task Value_that_is_too_large_is_not_written_and_takes_the_old_one_with_it()
    {
        await using var level = new Level(configure: options => options.MaxPayload = 1024);
        await level.SetAsync("k", "old");
        await level.SetAsync("k", new string('x', 1025));

        Assert.Equal(L2ReadKind.Miss, (await level.GetAsync("k")).Kind);
        Assert.Equal((0, 1), (level.Shelf.Count, level.Counters.RejectedAs(L2Rejection.Oversized)));
    }

    [Fact]
    public async Task Value_as_large_as_allowed_is_written()
    {
        await using var level = new Level(configure: options => options.MaxPayload = 1024);
        await level.SetAsync("k", new string('x', 1024));
        await level.SetAsync("json", new Payload(new string('x', 1000)));

        Assert.Equal(1024, (await level.GetAsync("k")).Value!.Length);
        Assert.Equal(1000, (await level.GetAsync<Payload>("json")).Value!.Text.Length);
    }

    [Fact]
    public async Task Value_whose_serializer_throws_is_not_written_and_takes_the_old_one_with_it()
    {
        await using var level = new Level();
        await level.SetAsync("k", "old");
        await level.SetAsync("k", "\ud800");

        Assert.Equal((0, 1), (level.Shelf.Count, level.Counters.RejectedAs(L2Rejection.Serializer)));
    }

    [Fact]
    public async Task Value_whose_life_is_over_removes_the_old_one()
    {
        await using var level = new Level();
        await level.SetAsync("k", "old");
        await level.SetAsync("k", "new", seconds: 0);

        Assert.Equal(0, level.Shelf.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("with spaces and : and *")]
    [InlineData("nul\0inside")]
    [InlineData("line\r\nbreak")]
    [InlineData("größe")]
    [InlineData("\ud83d\ude00")]
    [InlineData("lone \ud800")]
    public async Task Any_string_is_a_key(string key)
    {
        await using var level = new Level();
        await level.SetAsync(key, "value");

        Assert.Equal("value", (await level.GetAsync(key)).Value);
        Assert.All(level.Shelf.Keys, stored => Assert.True(stored.All(c => c is >= ' ' and <= '~') && stored.Length < 600));
        await level.RemoveAsync(key);
        Assert.Equal(0, level.Shelf.Count);
    }

    [Fact]
    public async Task Long_keys_are_kept_apart_and_short_in_the_store()
    {
        await using var level = new Level();
        var key = new string('k', 5000);
        await level.SetAsync(key, "one");
        await level.SetAsync(key + "k", "two");

        Assert.Equal(("one", "two"), ((await level.GetAsync(key)).Value, (await level.GetAsync(key + "k")).Value));
        Assert.All(level.Shelf.Keys, stored => Assert.True(stored.Length < 100));
    }

    [Fact]
    public async Task Lone_surrogates_are_kept_apart()
    {
        await using var level = new Level();
        await level.SetAsync("\ud800", "one");
        await level.SetAsync("\ud801", "two");

        Assert.Equal(("one", "two"), ((await level.GetAsync("\ud800")).Value, (await level.GetAsync("\ud801")).Value));
    }

    [Fact]
    public async Task Callers_cancellation_is_the_only_exception_of_a_read()
    {
        await using var level = new Level();
        level.Shelf.Hangs = true;
        using var cancellation = new CancellationTokenSource();
        var read = level.GetAsync("k", cancellationToken: cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        Assert.Equal(1, level.Second.LeftBehind);
        level.Shelf.LetGo();
        await Until.So(() => level.Second.LeftBehind == 0);
    }

    [Fact]
    public async Task Cancelled_write_and_removal_go_on()
    {
        await using var level = new Level();
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        level.Shelf.Hangs = true;
        await level.Second.WriteAsync("k", "value", level.Life(), [], Level.Serializer<string>(), cancellation.Token);
        level.Shelf.LetGo();

        await Until.So(() => level.Shelf.Count == 1);
        await level.Second.RemoveAsync("k", cancellation.Token);
        await Until.So(() => level.Shelf.Count == 0);
    }

    [Fact]
    public async Task Marks_are_read_as_they_were_written()
    {
        await using var level = new Level();

        Assert.Equal(L2Mark.Missing, await level.Second.ReadMarkAsync("tag", CancellationToken.None));
        Assert.True(await level.Second.WriteMarkAsync("tag", new byte[] { 1, 2, 3 }, TimeSpan.FromHours(1), CancellationToken.None));
        var mark = await level.Second.ReadMarkAsync("tag", CancellationToken.None);
        Assert.Equal(L2MarkKind.Found, mark.Kind);
        Assert.Equal([1, 2, 3], mark.Value.ToArray());
    }

    [Fact]
    public async Task Mark_and_entry_of_one_name_are_two_things()
    {
        await using var level = new Level();
        await level.SetAsync("x", "value");
        await level.Second.WriteMarkAsync("x", new byte[] { 1 }, TimeSpan.FromHours(1), CancellationToken.None);

        Assert.Equal("value", (await level.GetAsync("x")).Value);
        Assert.Equal(2, level.Shelf.Count);
    }

    [Fact]
    public async Task Mark_that_lives_for_ever_is_written()
    {
        await using var level = new Level();

        Assert.True(await level.Second.WriteMarkAsync("tag", new byte[] { 1 }, TimeSpan.MaxValue, CancellationToken.None));
        Assert.Equal(L2MarkKind.Found, (await level.Second.ReadMarkAsync("tag", CancellationToken.None)).Kind);
    }

    [Fact]
    public async Task Damaged_mark_is_unavailable_and_then_missing()
    {
        await using var level = new Level();
        await level.Second.WriteMarkAsync("tag", new byte[] { 1 }, TimeSpan.FromHours(1), CancellationToken.None);
        level.Shelf["t:m:tag"] = [1, 2, 3];

        Assert.Equal(L2Mark.Unavailable, await level.Second.ReadMarkAsync("tag", CancellationToken.None));
        Assert.Equal(L2Mark.Missing, await level.Second.ReadMarkAsync("tag", CancellationToken.None));
    }

    [Fact]
    public async Task Store_is_disposed_with_its_level_only_if_it_belongs_to_it()
    {
        var store = new Disposable();
        await using (new Level(store))
        {
        }

        Assert.False(store.IsDisposed);
        await new SecondLevel(store, new(), "t:", TimeProvider.System, new Random(1), new RecordingLogger(), ownsStore: true).DisposeAsync();
        Assert.True(store.IsDisposed);
    }

    private sealed record Payload(string Text);

    private sealed class Disposable() : MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions())), IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
