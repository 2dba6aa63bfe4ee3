using AkkaPerf.Backends;
using AkkaPerf.Connections;
using AkkaPerf.Sqlite;
using Microsoft.Data.Sqlite;

namespace AkkaPerf.Tests.Connections;

/// <summary>The pool on a real database file.</summary>
public sealed class SqliteConnectionFactoryTests : Akka.TestKit.Xunit2.TestKit
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"akkaperf-{Guid.NewGuid():N}.db");

    [Fact]
    public async Task Pooled_connections_work_on_one_file_and_let_go_of_it_in_the_end()
    {
        var pool = ConnectionPool.Start(
            Sys, "sqlite", new SqliteConnectionFactory($"Data Source={_file};Pooling=True"), new Uri("file:///db"), new ConnectionOptions { MaxPerBackend = 3 });
        await using (var lease = await pool.AcquireAsync())
        {
            await ExecuteAsync(lease.Connection, "CREATE TABLE product (id INTEGER PRIMARY KEY)");
        }

        await Task.WhenAll(Enumerable.Range(1, 20).Select(async id =>
        {
            await using var lease = await pool.AcquireAsync();
            await ExecuteAsync(lease.Connection, $"INSERT INTO product VALUES ({id})");
        }));

        SqliteConnection connection;
        await using (var lease = await pool.AcquireAsync())
        {
            connection = lease.Connection;
            Assert.Equal(20L, await ExecuteAsync(connection, "SELECT COUNT(*) FROM product"));
        }

        Assert.InRange(pool.Snapshot.Open, 1, 3);
        await pool.DisposeAsync();
        Assert.Equal(System.Data.ConnectionState.Closed, connection.State);
        using var exclusive = File.Open(_file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    [Fact]
    public async Task An_open_connection_is_usable_even_beside_a_writer_and_a_closed_one_is_not()
    {
        var factory = new SqliteConnectionFactory($"Data Source={_file}");
        var backend = new Backend("db", new Uri("file:///db"));
        var (one, writer) = (await factory.OpenAsync(backend, default), await factory.OpenAsync(backend, default));
        await ExecuteAsync(writer, "BEGIN EXCLUSIVE");

        Assert.True(await factory.IsUsableAsync(one, default));
        await factory.CloseAsync(one);
        Assert.False(await factory.IsUsableAsync(one, default));
        await factory.CloseAsync(writer);
    }

    [Fact]
    public async Task A_file_that_cannot_be_opened_fails_the_open()
    {
        var factory = new SqliteConnectionFactory($"Data Source={_file}.missing/db;Mode=ReadOnly");

        await Assert.ThrowsAsync<SqliteException>(async () => await factory.OpenAsync(new Backend("db", new Uri("file:///db")), default));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        File.Delete(_file);
    }

    private static async Task<object?> ExecuteAsync(SqliteConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }
}
