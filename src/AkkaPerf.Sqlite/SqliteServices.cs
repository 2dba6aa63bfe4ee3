using AkkaPerf.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Sqlite;

/// <summary>Puts SQLite as a second level into an application's container.</summary>
public static class SqliteServices
{
    /// <summary>Lets pipelines have <c>cache.l2.provider = sqlite</c>; <c>connection</c> is a file, or a Microsoft.Data.Sqlite connection string.</summary>
    public static IServiceCollection AddAkkaPerfSqlite(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.AddSingleton<ISecondLevelProvider, SqliteSecondLevel>();
    }
}
