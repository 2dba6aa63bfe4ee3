using Microsoft.Data.Sqlite;

namespace AkkaPerf.Tests.Composition;

internal static class ProductQueries
{
    public static async Task<Product> FindProductAsync(this SqliteConnection connection, int id, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM product WHERE id = $id";
        command.Parameters.AddWithValue("$id", id);
        return new Product(id, (string)(await command.ExecuteScalarAsync(cancellationToken))!);
    }
}
