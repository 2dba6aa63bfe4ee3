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

    private static SecondLevel Open(string connection, TimeSpan? hardTimeout = null)
    {
        var services = new ServiceCollection().AddAkkaPerfSqlite().BuildServiceProvider();
        var factory = new SecondLevelFactory([.. services.GetServices<ISecondLevelProvider>()], NullLoggerFactory.Instance);
        var options = new L2Options
        {
            Provider = L2Provider.Sqlite,
            Connection = connection,
            HardTimeout = hardTimeout ?? TimeSpan.FromSeconds(30),
            Breaker = new BreakerOptions { Duration = TimeSpan.FromMilliseconds(50) },
        };
        return factory.Create("shop", options, TimeProvider.System, Random.Shared)!;
    }

    private object? Scalar(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
