using System.Buffers;
using AkkaPerf.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;

namespace AkkaPerf.Tests.Caching.Distributed;

public sealed class SerializerTests
{
    [Fact]
    public async Task Built_in_ones_bring_back_what_they_were_given()
    {
        await using var level = new Level();
        await CheckAsync(level, "text äöü \ud83d\ude00");
        await CheckAsync(level, "");
        await CheckAsync(level, new byte[] { 1, 2, 3 });
        await CheckAsync(level, 42);
        await CheckAsync(level, (1, "two"));
        await CheckAsync(level, new Product(1, "name", 2.5m, DateTimeOffset.UnixEpoch));
        await CheckAsync(level, new List<int> { 1, 2, 3 });
        await CheckAsync<int?>(level, null);
    }

    [Fact]
    public async Task Whatever_a_deserializer_throws_is_a_miss_and_the_entry_is_deleted()
    {
        await using var level = new Level();
        await level.SetAsync("k", new Strict(1));
        Strict.IsBroken = true;
        try
        {
            Assert.Equal(L2ReadKind.Miss, (await level.GetAsync<Strict>("k")).Kind);
        }
        finally
        {
            Strict.IsBroken = false;
        }

        Assert.Equal((1, 0), (level.Counters.RejectedAs(L2Rejection.Serializer), level.Shelf.Count));
    }

    [Fact]
    public void Registered_serializer_comes_before_factories_and_they_before_the_built_in_ones()
    {
        var services = new ServiceCollection()
            .AddSingleton<IHybridCacheSerializer<string>, Reverse>()
            .AddSingleton<IHybridCacheSerializerFactory>(new Factory(1))
            .AddSingleton<IHybridCacheSerializerFactory>(new Factory(2))
            .BuildServiceProvider();
        var resolver = new SerializerResolver(services);

        Assert.IsType<Reverse>(resolver.Get<string>());
        Assert.Equal(2, Assert.IsType<Numbers>(resolver.Get<int>()).Number);
        Assert.IsType<JsonValueSerializer<long>>(resolver.Get<long>());
    }

    private static async Task CheckAsync<T>(Level level, T value)
    {
        await level.SetAsync("k", value);
        var read = await level.GetAsync<T>("k");
        Assert.Equal(L2ReadKind.Hit, read.Kind);
        Assert.Equal(value, read.Value);
    }

    private sealed record Product(int Id, string Name, decimal Price, DateTimeOffset Since);

    private sealed class Strict
    {
        public Strict(int number) => Number = IsBroken ? throw new InvalidOperationException() : number;

        public static bool IsBroken { get; set; }

        public int Number { get; }
    }

    private sealed class Reverse : IHybridCacheSerializer<string>
    {
        public string Deserialize(ReadOnlySequence<byte> source) => "";

        public void Serialize(string value, IBufferWriter<byte> target)
        {
        }
    }

    private sealed class Numbers(int number) : IHybridCacheSerializer<int>
    {
        public int Number => number;

        public int Deserialize(ReadOnlySequence<byte> source) => number;

        public void Serialize(int value, IBufferWriter<byte> target)
        {
        }
    }

    private sealed class Factory(int number) : IHybridCacheSerializerFactory
    {
        public bool TryCreateSerializer<T>([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IHybridCacheSerializer<T>? serializer)
        {
            serializer = typeof(T) == typeof(int) ? (IHybridCacheSerializer<T>)(object)new Numbers(number) : null;
            return serializer is not null;
        }
    }
}
