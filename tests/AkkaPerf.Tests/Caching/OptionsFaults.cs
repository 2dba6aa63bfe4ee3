using System.ComponentModel;
using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching;

/// <summary>What a cache made in code says of an option's value.</summary>
internal static class OptionsFaults
{
    /// <summary>The faults, one a line; none if the cache could be made.</summary>
    public static async Task<IReadOnlyList<string>> OfAsync(Action<CacheOptions> configure)
    {
        try
        {
            await using var cache = AkkaPerfCache.Create<string, string>("options", builder => builder
                .LoadWith((key, _) => ValueTask.FromResult(key))
                .Configure(configure));
            return [];
        }
        catch (ArgumentException exception)
        {
            var lines = exception.Message.Split('\n', StringSplitOptions.TrimEntries);
            Assert.Equal("The cache's options are not valid:", lines[0]);
            return [.. lines[1..].Select(line => line.Replace(" (Parameter 'options')", "", StringComparison.Ordinal))];
        }
    }

    /// <summary>The same for one option, named by its path as in <c>Life.Sliding</c>.</summary>
    public static Task<IReadOnlyList<string>> OfAsync(string path, string value) => OfAsync(options =>
    {
        object owner = options;
        var names = path.Split('.');
        foreach (var name in names[..^1])
        {
            owner = owner.GetType().GetProperty(name)!.GetValue(owner)!;
        }

        var property = owner.GetType().GetProperty(names[^1])!;
        property.SetValue(owner, TypeDescriptor.GetConverter(property.PropertyType).ConvertFromInvariantString(value));
    });

    /// <summary>Asserts that a value is refused by name, with what is allowed.</summary>
    public static async Task AssertRefusedAsync(string path, string value, string allowed) =>
        Assert.Equal(
            $"CacheOptions.{path} is {value}: The field {path[(path.LastIndexOf('.') + 1)..]} must be between {allowed}.",
            Assert.Single(await OfAsync(path, value)));

    /// <summary>Asserts that a cache can be made with a value.</summary>
    public static async Task AssertTakenAsync(string path, string value) => Assert.Empty(await OfAsync(path, value));
}
