using AkkaPerf.Caching;
using AkkaPerf.Caching.Distributed;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Caching.Distributed;

namespace AkkaPerf.Sqlite;

/// <summary>Makes stores that keep everything in one SQLite file.</summary>
internal sealed class SqliteSecondLevel : ISecondLevelProvider
{
    public L2Provider Provider => L2Provider.Sqlite;

    public IDistributedCache Create(L2Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var connection = options.Connection.Contains('=', StringComparison.Ordinal)
            ? new SqliteConnectionStringBuilder(options.Connection)
            : new SqliteConnectionStringBuilder { DataSource = options.Connection };
        if (connection.Mode == SqliteOpenMode.Memory || connection.DataSource is "" or ":memory:")
        {
            throw new ArgumentException("A second level needs a file: each connection would have a memory of its own.", nameof(options));
        }

        // Opening is cheap only from a pool. A locked file must fail before the operation's time is over, not half a minute later.
        connection.Pooling = true;
        connection.DefaultTimeout = Math.Max(1, (int)Math.Ceiling(options.HardTimeout.TotalSeconds));
        return new SqliteStore(connection.ConnectionString, TimeProvider.System, options.MaxBytes);
    }
}
