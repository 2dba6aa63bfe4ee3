using AkkaPerf.Backends;
using AkkaPerf.Connections;
using Microsoft.Data.Sqlite;

namespace AkkaPerf.Sqlite;

/// <summary>Opens SQLite connections for a pool; the provider's own pooling is off, since two pools would hide each other's closes.</summary>
/// <remarks>The connection string says which file: the backend's address is only a name here.</remarks>
public sealed class SqliteConnectionFactory : IConnectionFactory<SqliteConnection>
{
    private readonly string _connectionString;

    /// <summary>Creates the factory.</summary>
    /// <param name="connectionString">As Microsoft.Data.Sqlite takes it; <c>Pooling</c> in it is overridden.</param>
    /// <exception cref="ArgumentException">The connection string is none.</exception>
    public SqliteConnectionFactory(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        _connectionString = new SqliteConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
    }

    /// <inheritdoc />
    public async ValueTask<SqliteConnection> OpenAsync(Backend backend, CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc />
    public async ValueTask<bool> IsUsableAsync(SqliteConnection connection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (connection.State != System.Data.ConnectionState.Open)
        {
            return false;
        }

        // Unlike a SELECT it needs no schema and so takes no lock: a writer elsewhere must neither delay the pool nor make this look dead.
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = "PRAGMA foreign_keys";
            await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    /// <inheritdoc />
    public ValueTask CloseAsync(SqliteConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection.DisposeAsync();
    }
}
