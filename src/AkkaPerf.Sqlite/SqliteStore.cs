using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Caching.Distributed;

namespace AkkaPerf.Sqlite;

/// <summary>A distributed cache in one table of a SQLite file, shared by processes of one machine; entries survive a restart.</summary>
/// <remarks>
/// SQLite's calls block, so the asynchronous methods run them on the thread pool, writes one after another: SQLite has one writer anyway,
/// and waiting for it in a queue is cheaper than in its busy loop. What has expired is deleted along with writes, a few rows at a time.
/// </remarks>
internal sealed class SqliteStore : IDistributedCache, IDisposable
{
    // Threads that a slow disk may hold.
    private const int ConcurrentReads = 8;

    private const int WritesBetweenSweeps = 100;

    private readonly string _connectionString;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _reading = new(ConcurrentReads);
    private readonly SemaphoreSlim _writing = new(1);
    private int _writes;
    private volatile bool _hasSchema;

    public SqliteStore(string connectionString, TimeProvider time)
    {
        _connectionString = connectionString;
        _time = time;
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
    }

    public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default) =>
        RunAsync(_writing, () => Set(key, value, options), token);

    public void Remove(string key)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "DELETE FROM akkaperf_cache WHERE key = $key";
        command.Parameters.AddWithValue("$key", key);
        command.ExecuteNonQuery();
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

    private void Sweep(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "DELETE FROM akkaperf_cache WHERE key IN (SELECT key FROM akkaperf_cache WHERE expires_at <= $now LIMIT 1000)";
        command.Parameters.AddWithValue("$now", Now());
        command.ExecuteNonQuery();
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
            """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = NORMAL;
            CREATE TABLE IF NOT EXISTS akkaperf_cache (key TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL, expires_at INTEGER NOT NULL);
            CREATE INDEX IF NOT EXISTS akkaperf_cache_expires_at ON akkaperf_cache (expires_at);
            """;
        command.ExecuteNonQuery();
        _hasSchema = true;
    }
}
