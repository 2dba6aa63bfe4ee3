using System.Data;
using AkkaPerf.Backends;
using AkkaPerf.Connections;
using Npgsql;

namespace AkkaPerf.Postgres.Tests;

/// <summary>Opens PostgreSQL connections for a pool; Npgsql's own pooling is off, since two pools would hide each other's closes.</summary>
internal sealed class NpgsqlConnectionFactory : IConnectionFactory<NpgsqlConnection>
{
    private readonly string _connectionString;

    public NpgsqlConnectionFactory(string connectionString)
    {
        _connectionString = connectionString;
    }

    public async ValueTask<NpgsqlConnection> OpenAsync(Backend backend, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(ConnectionStringFor(backend.Address));
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async ValueTask<bool> IsUsableAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (connection.State != ConnectionState.Open)
        {
            return false;
        }

        await using var command = new NpgsqlCommand("SELECT 1", connection);
        await command.ExecuteScalarAsync(cancellationToken);
        return true;
    }

    public ValueTask CloseAsync(NpgsqlConnection connection) => connection.DisposeAsync();

    // A backend at tcp://host:port says where; without one the connection string does.
    private string ConnectionStringFor(Uri address)
    {
        var builder = new NpgsqlConnectionStringBuilder(_connectionString) { Pooling = false };
        if (address.Scheme == "tcp")
        {
            (builder.Host, builder.Port) = (address.Host, address.Port);
        }

        return builder.ConnectionString;
    }
}
