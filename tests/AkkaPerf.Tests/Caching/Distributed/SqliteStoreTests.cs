using AkkaPerf.Caching;
using AkkaPerf.Caching.Distributed;
using AkkaPerf.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AkkaPerf.Tests.Caching.Distributed;

/// <summary>A real file, by the wall clock.</summary>
public sealed class SqliteStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("akkaperf-").FullName;

    private string FilePath => Path.Combine(_folder, "cache.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Entries_survive_a_restart()
    {
        await using (var before = Open(FilePath))
        {
            await SetAsync(before, "k", "value");
            await SetAsync(before, "other", "value");
            await before.RemoveAsync("other", CancellationToken.None);
        }

        await using var after = Open(FilePath);
        Assert.Equal("value", (await GetAsync(after, "k")).Value);
        Assert.Equal(L2ReadKind.Miss, (await GetAsync(after, "other")).Kind);
    }

    [Fact]
    public async Task Two_processes_share_a_file()
    {
        await using var one = Open(FilePath);
        await using var other = Open($"Data Source={FilePath}");
        await Parallel.ForAsync(0, 200, async (i, _) =>
        {
            await SetAsync(i % 2 == 0 ? one : other, $"k{i % 20}", $"value {i % 20}");
            var read = await GetAsync(i % 2 == 0 ? other : one, $"k{i % 20}");
            Assert.Equal($"value {i % 20}", read.Value);
        });

        Assert.Equal((0, 0), (one.Counters.Errors, other.Counters.Errors));
    }

    [Fact]
    public async Task What_is_over_is_gone_and_is_swept_along_with_writes()
    {
        await using var level = Open(FilePath);
        await SetAsync(level, "short", "value", TimeSpan.FromMilliseconds(1));
        for (var i = 0; i < 200; i++)
        {
            await SetAsync(level, "long", "value");
        }

        Assert.Equal(L2ReadKind.Miss, (await GetAsync(level, "short")).Kind);
        Assert.Equal(1L, Scalar("SELECT count(*) FROM akkaperf_cache"));
    }

    [Fact]
    public async Task Size_stays_within_its_bound_and_what_ends_soonest_goes_first()
    {
        await using var level = Open(FilePath, maxBytes: 1024 * 1024);
        for (var i = 0; i < 500; i++)
        {
            await SetAsync(level, $"k{i}", Incompressible(i, 10_000), TimeSpan.FromMinutes(10 + i));
            Assert.InRange(Count(), 1, 1024 * 1024);
        }

        // A twentieth is freed at a time.
        Assert.InRange(Count(), (long)(0.94 * 1024 * 1024), 1024 * 1024);
        var rows = (long)Scalar("SELECT count(*) FROM akkaperf_cache")!;
        Assert.InRange(rows, 90, 105);
        for (var i = 0; i < 500; i++)
        {
            Assert.Equal(i >= 500 - rows, (await GetAsync(level, $"k{i}")).Kind == L2ReadKind.Hit);
        }

        Assert.InRange(new FileInfo(FilePath).Length, 1, 2 * 1024 * 1024);
        AssertCounted();
    }

    [Fact]
    public async Task What_has_expired_goes_before_anything_that_lives()
    {
        await using var level = Open(FilePath, maxBytes: 1024 * 1024);
        for (var i = 0; i < 20; i++)
        {
            await SetAsync(level, $"long{i}", Incompressible(i, 25_000));
            await SetAsync(level, $"short{i}", Incompressible(i, 25_000), TimeSpan.FromMilliseconds(1));
        }

        while ((await GetAsync(level, "short19")).Kind == L2ReadKind.Hit)
        {
            await Task.Yield();
        }

        // Fewer writes than lie between two sweeps: it is the bound that is reached.
        for (var i = 0; i < 15; i++)
        {
            await SetAsync(level, $"more{i}", Incompressible(i, 25_000));
        }

        Assert.All(Enumerable.Range(0, 20), i => Assert.Equal(1L, Scalar($"SELECT count(*) FROM akkaperf_cache WHERE key LIKE '%:long{i}'")));
        Assert.Equal(0L, Scalar("SELECT count(*) FROM akkaperf_cache WHERE key LIKE '%short%'"));
        AssertCounted();
    }

    [Fact]
    public async Task What_is_just_written_stays_though_it_ends_soonest()
    {
        await using var level = Open(FilePath, maxBytes: 1024 * 1024);
        for (var i = 0; i < 150; i++)
        {
            await SetAsync(level, $"long{i}", Incompressible(i, 10_000));
        }

        for (var i = 0; i < 20; i++)
        {
            await SetAsync(level, $"short{i}", Incompressible(i, 10_000), TimeSpan.FromMinutes(1));
            Assert.Equal(L2ReadKind.Hit, (await GetAsync(level, $"short{i}")).Kind);
        }
    }

    [Fact]
    public async Task What_alone_is_too_much_is_not_written_and_takes_the_place_of_nothing()
    {
        await using var level = Open(FilePath, maxBytes: 1024 * 1024);
        await SetAsync(level, "other", "value");
        await SetAsync(level, "k", "small");

        await SetAsync(level, "k", Incompressible(1, 2 * 1024 * 1024));

        Assert.Equal(L2ReadKind.Miss, (await GetAsync(level, "k")).Kind);
        Assert.Equal("value", (await GetAsync(level, "other")).Value);
    }

    [Fact]
    public async Task A_file_from_before_there_was_a_bound_is_counted_and_brought_within_it()
    {
        await using (var before = Open(FilePath))
        {
            for (var i = 0; i < 200; i++)
            {
                await SetAsync(before, $"k{i}", Incompressible(i, 10_000));
            }
        }

        Scalar("DROP TRIGGER akkaperf_cache_inserted; DROP TRIGGER akkaperf_cache_updated; DROP TRIGGER akkaperf_cache_deleted; DROP TABLE akkaperf_cache_size");
        await using var level = Open(FilePath, maxBytes: 1024 * 1024);
        await SetAsync(level, "k", "value");

        Assert.InRange(Count(), 1, 1024 * 1024);
        AssertCounted();
    }

    [Fact]
    public async Task Two_processes_that_write_at_once_keep_the_bound_together()
    {
        await using var one = Open(FilePath, maxBytes: 1024 * 1024);
        await using var other = Open(FilePath, maxBytes: 1024 * 1024);
        await Parallel.ForAsync(0, 400, async (i, _) =>
        {
            var level = i % 2 == 0 ? one : other;
            await SetAsync(level, $"k{i % 150}", Incompressible(i, 5_000 + (i * 37 % 10_000)));
            if (i % 7 == 0)
            {
                await level.RemoveAsync($"k{(i + 3) % 150}", CancellationToken.None);
            }
        });

        Assert.Equal((0, 0), (one.Counters.Errors, other.Counters.Errors));
        Assert.InRange(Count(), 1, 1024 * 1024);
        AssertCounted();
    }

    [Fact]
    public async Task Damaged_row_is_a_miss_and_deleted()
    {
        await using var level = Open(FilePath);
        await SetAsync(level, "k", "value");
        Scalar("UPDATE akkaperf_cache SET value = zeroblob(100)");

        Assert.Equal(L2ReadKind.Miss, (await GetAsync(level, "k")).Kind);
        Assert.Equal(0L, Scalar("SELECT count(*) FROM akkaperf_cache"));
    }

    [Fact]
    public async Task Locked_file_is_an_outage_that_passes()
    {
        await using var level = Open(FilePath, hardTimeout: TimeSpan.FromMilliseconds(200));
        await SetAsync(level, "k", "old");
        using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=false"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "BEGIN EXCLUSIVE";
            command.ExecuteNonQuery();
            await SetAsync(level, "k", "new");
            Assert.Equal(1, level.Waiting);
        }

        await Until.So(() => level.Waiting == 0);
        Assert.Equal("new", (await GetAsync(level, "k")).Value);
    }

    [Theory]
    [InlineData(":memory:")]
    [InlineData("Data Source=:memory:")]
    [InlineData("Data Source=x;Mode=Memory")]
    [InlineData("Pasword=secret")]
    public void Connection_that_is_no_file_is_refused_and_not_shown(string connection)
    {
        var thrown = Assert.Throws<InvalidOperationException>(() => Open(connection));

        Assert.Equal("cache.l2.connection of 'shop' is none that the provider sqlite understands.", thrown.Message);
        Assert.Null(thrown.InnerException);
    }

    private static Task SetAsync(SecondLevel level, string key, string value, TimeSpan? life = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        var end = now + (life ?? TimeSpan.FromMinutes(10));
        return level.WriteAsync(key, value, new L2Life(now, end, end), [], Level.Serializer<string>(), CancellationToken.None).AsTask();
    }

    private static Task<L2Read<string>> GetAsync(SecondLevel level, string key) =>
        level.ReadAsync(key, Level.Serializer<string>(), hasFallback: false, CancellationToken.None).AsTask();

    private static string Incompressible(int seed, int length)
    {
        var random = new Random(seed);
        return string.Concat(Enumerable.Range(0, length).Select(_ => (char)random.Next(' ', '~')));
    }

    private static SecondLevel Open(string connection, TimeSpan? hardTimeout = null, long? maxBytes = null)
    {
        var services = new ServiceCollection().AddAkkaPerfSqlite().BuildServiceProvider();
        var factory = new SecondLevelFactory([.. services.GetServices<ISecondLevelProvider>()], NullLoggerFactory.Instance);
        var options = new L2Options
        {
            Provider = L2Provider.Sqlite,
            Connection = connection,
            HardTimeout = hardTimeout ?? TimeSpan.FromSeconds(30),
            CompressAbove = 512 * 1024 * 1024,
            MaxBytes = maxBytes ?? new L2Options().MaxBytes,
            Breaker = new BreakerOptions { Duration = TimeSpan.FromMilliseconds(50) },
        };
        return factory.Create("shop", options, TimeProvider.System, Random.Shared)!;
    }

    private long Count() => (long)Scalar("SELECT bytes FROM akkaperf_cache_size")!;

    private void AssertCounted() =>
        Assert.Equal(Scalar("SELECT sum(length(key) * 2 + length(value) + 100) FROM akkaperf_cache"), Scalar("SELECT bytes FROM akkaperf_cache_size"));

    private object? Scalar(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
