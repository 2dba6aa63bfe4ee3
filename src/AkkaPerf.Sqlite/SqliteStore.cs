using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Caching.Distributed;

namespace AkkaPerf.Sqlite;

/// <summary>A distributed cache in one table of a SQLite file, shared by processes of one machine; entries survive a restart.</summary>
/// <remarks>
/// SQLite's calls block, so the asynchronous methods run them on the thread pool, writes one after another: SQLite has one writer anyway,
/// and waiting for it in a queue is cheaper than in its busy loop. What has expired is deleted along with writes, a few rows at a time.
/// Bounded by bytes: the file keeps count itself, by triggers, so that processes that share it agree. A write that goes beyond the bound
/// first deletes what has expired, then what ends soonest, until a twentieth is free; never what it has just written, unless that alone is
/// too much. SQLite uses the freed pages again, so the file grows to about the bound, its index and its log and no further.
/// </remarks>
internal sealed class SqliteStore : IDistributedCache, IDisposable
{
    // Threads that a slow disk may hold.
    private const int ConcurrentReads = 8;

    private const int WritesBetweenSweeps = 100;

    // Rows that one statement deletes: it holds the file's one writer's turn meanwhile.
    private const int Batch = 500;

    // Beside key and value: the row, the primary key's and the other index's entries, about.
    private const int Overhead = 100;

    // The key stands in the row and in its index. One formula for all: what is counted must be counted off.
    private const string SizeOfRow = "(length(key) * 2 + length(value) + 100)";
    private const string SizeOfNew = "(length(new.key) * 2 + length(new.value) + 100)";
    private const string SizeOfOld = "(length(old.key) * 2 + length(old.value) + 100)";

    private readonly string _connectionString;
    private readonly TimeProvider _time;
    private readonly long _maxBytes;
    private readonly SemaphoreSlim _reading = new(ConcurrentReads);
    private readonly SemaphoreSlim _writing = new(1);
    private int _writes;
    private volatile bool _hasSchema;

    public SqliteStore(string connectionString, TimeProvider time, long maxBytes)
    {
        _connectionString = connectionString;
        _time = time;
        _maxBytes = maxBytes;
    }

    public byte[]? Get(string key)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT value FROM akkaperf_cache WHERE key = $key AND expires_at > $now";
        command.Parameters.AddWithValue("$key", key);
        command.Parameters.AddWithValue("$now", Now());
        return (byte[]?)command.ExecuteScalar();
    }

    public Task<byte[]?> GetAsync(string key, CancellationToken token = default) => RunAsync(_reading, () => Get(key), token);

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var connection = Open();
        if (SizeOf(key, value) > _maxBytes)
        {
            Remove(connection, key);
            return;
        }

        using var command = connection.CreateCommand();
        command.CommandText =
            """
            INSERT INTO akkaperf_cache (key, value, expires_at) VALUES ($key, $value, $expires)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
            """;
        command.Parameters.AddWithValue("$key", key);
        command.Parameters.AddWithValue("$value", value);
        command.Parameters.AddWithValue("$expires", ExpiryOf(options));
        command.ExecuteNonQuery();
        if (Interlocked.Increment(ref _writes) % WritesBetweenSweeps == 0)
        {
            Sweep(connection);
        }

        if (Bytes(connection) > _maxBytes)
        {
            MakeRoom(connection, key);
        }
    }

    public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default) =>
        RunAsync(_writing, () => Set(key, value, options), token);

    public void Remove(string key)
    {
        using var connection = Open();
        Remove(connection, key);
    }

    public Task RemoveAsync(string key, CancellationToken token = default) => RunAsync(_writing, () => Remove(key), token);

    // Entries have a fixed end of life, so there is nothing to prolong.
    public void Refresh(string key)
    {
    }

    public Task RefreshAsync(string key, CancellationToken token = default) => Task.CompletedTask;

    public void Dispose()
    {
        // The pool would keep the file open. The semaphores hold nothing, and an operation that is left behind may still give its turn back.
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
    }

    private static async Task RunAsync(SemaphoreSlim turns, Action work, CancellationToken token) => await RunAsync(
        turns,
        () =>
        {
            work();
            return true;
        },
        token).ConfigureAwait(false);

    private static async Task<T> RunAsync<T>(SemaphoreSlim turns, Func<T> work, CancellationToken token)
    {
        await turns.WaitAsync(token).ConfigureAwait(false);
        try
        {
            return await Task.Run(work, token).ConfigureAwait(false);
        }
        finally
        {
            turns.Release();
        }
    }

    private long Now() => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private long ExpiryOf(DistributedCacheEntryOptions options)
    {
        if (options.SlidingExpiration is not null)
        {
            throw new NotSupportedException("Sliding expiration is not supported: every read would be a write.");
        }

        if (options.AbsoluteExpirationRelativeToNow is { } life)
        {
            var now = _time.GetUtcNow();
            return life < DateTimeOffset.MaxValue - now ? (now + life).ToUnixTimeMilliseconds() : long.MaxValue;
        }

        return options.AbsoluteExpiration?.ToUnixTimeMilliseconds() ?? long.MaxValue;
    }

    private static long SizeOf(string key, byte[] value) => (key.Length * 2L) + value.Length + Overhead;

    private static void Remove(SqliteConnection connection, string key)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "DELETE FROM akkaperf_cache WHERE key = $key";
        command.Parameters.AddWithValue("$key", key);
        command.ExecuteNonQuery();
    }

    private static long Bytes(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT bytes FROM akkaperf_cache_size";
        return (long)command.ExecuteScalar()!;
    }

    // Others may write meanwhile: each makes room for its own.
    private void MakeRoom(SqliteConnection connection, string except)
    {
        while (Bytes(connection) > _maxBytes && Sweep(connection) > 0)
        {
        }

        var target = _maxBytes - (_maxBytes / 20);
        while (Bytes(connection) is var bytes && bytes > target && Evict(connection, bytes - target, except) > 0)
        {
        }
    }

    /// <summary>Deletes some of what has expired; says how many.</summary>
    private int Sweep(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "DELETE FROM akkaperf_cache WHERE key IN (SELECT key FROM akkaperf_cache WHERE expires_at <= $now LIMIT $batch)";
        command.Parameters.AddWithValue("$now", Now());
        command.Parameters.AddWithValue("$batch", Batch);
        return command.ExecuteNonQuery();
    }

    /// <summary>Deletes what ends soonest, no more than so many bytes and the row that reaches them; says how many rows.</summary>
    private static int Evict(SqliteConnection connection, long bytes, string except)
    {
        using var command = connection.CreateCommand();
        command.CommandText =
            $"""
            DELETE FROM akkaperf_cache WHERE key IN (
                SELECT key FROM (
                    SELECT key, size, sum(size) OVER (ORDER BY expires_at, key ROWS UNBOUNDED PRECEDING) AS total
                    FROM (SELECT key, expires_at, {SizeOfRow} AS size
                          FROM akkaperf_cache WHERE key <> $except ORDER BY expires_at, key LIMIT $batch))
                WHERE total - size < $bytes)
            """;
        command.Parameters.AddWithValue("$except", except);
        command.Parameters.AddWithValue("$batch", Batch);
        command.Parameters.AddWithValue("$bytes", bytes);
        return command.ExecuteNonQuery();
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            Prepare(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    // The write-ahead log lets readers and the writer work side by side. Losing the last commits with the power is no loss for a cache.
    private void Prepare(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = _hasSchema ? "PRAGMA synchronous = NORMAL" :
            $"""
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = NORMAL;
            BEGIN IMMEDIATE;
            CREATE TABLE IF NOT EXISTS akkaperf_cache (key TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL, expires_at INTEGER NOT NULL);
            CREATE INDEX IF NOT EXISTS akkaperf_cache_expires_at ON akkaperf_cache (expires_at);
            CREATE TABLE IF NOT EXISTS akkaperf_cache_size (id INTEGER PRIMARY KEY CHECK (id = 0), bytes INTEGER NOT NULL);
            INSERT OR IGNORE INTO akkaperf_cache_size
                SELECT 0, ifnull(sum({SizeOfRow}), 0) FROM akkaperf_cache
                WHERE NOT EXISTS (SELECT 1 FROM akkaperf_cache_size);
            CREATE TRIGGER IF NOT EXISTS akkaperf_cache_inserted AFTER INSERT ON akkaperf_cache
                BEGIN UPDATE akkaperf_cache_size SET bytes = bytes + {SizeOfNew}; END;
            CREATE TRIGGER IF NOT EXISTS akkaperf_cache_updated AFTER UPDATE OF value ON akkaperf_cache
                BEGIN UPDATE akkaperf_cache_size SET bytes = bytes + {SizeOfNew} - {SizeOfOld}; END;
            CREATE TRIGGER IF NOT EXISTS akkaperf_cache_deleted AFTER DELETE ON akkaperf_cache
                BEGIN UPDATE akkaperf_cache_size SET bytes = bytes - {SizeOfOld}; END;
            COMMIT;
            """;
        command.ExecuteNonQuery();
        _hasSchema = true;
    }
}
