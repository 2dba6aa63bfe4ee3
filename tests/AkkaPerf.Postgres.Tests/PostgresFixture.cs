namespace AkkaPerf.Postgres.Tests;

/// <summary>One server for all tests of a class.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private PostgresServer? _server;

    internal PostgresServer Server
    {
        get
        {
            Skip.If(_server is null, "There is no PostgreSQL server on this machine: apt-get install postgresql.");
            return _server;
        }
    }

    public async Task InitializeAsync()
    {
        if (PostgresServer.Programs is not null)
        {
            _server = await PostgresServer.CreateAsync();
        }
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
