using System.Collections.Concurrent;
using Microsoft.Extensions.Caching.Distributed;

namespace AkkaPerf.Http.Tests.Caching;

/// <summary>A store whose bytes a test can get at.</summary>
internal sealed class OpenStore : IDistributedCache
{
    public ConcurrentDictionary<string, byte[]> Entries { get; } = new(StringComparer.Ordinal);

    /// <summary>How often each key was set.</summary>
    public ConcurrentDictionary<string, int> Sets { get; } = new(StringComparer.Ordinal);

    /// <summary>How often each key was read.</summary>
    public ConcurrentDictionary<string, int> Gets { get; } = new(StringComparer.Ordinal);

    /// <summary>What a write waits for, by its key and value; null for nothing.</summary>
    public Func<string, byte[], Task>? BeforeSet { get; set; }

    /// <summary>What a read waits for, by its key, and may fail by; null for nothing.</summary>
    public Func<string, Task>? BeforeGet { get; set; }

    public byte[]? Get(string key) => Entries.GetValueOrDefault(key);

    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default)
    {
        Gets.AddOrUpdate(key, 1, static (_, count) => count + 1);
        if (BeforeGet?.Invoke(key) is { } before)
        {
            await before;
        }

        return Get(key);
    }

    public void Refresh(string key)
    {
    }

    public Task RefreshAsync(string key, CancellationToken token = default) => Task.CompletedTask;

    public void Remove(string key) => Entries.TryRemove(key, out _);

    public Task RemoveAsync(string key, CancellationToken token = default)
    {
        Remove(key);
        return Task.CompletedTask;
    }

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options)
    {
        Entries[key] = value;
        Sets.AddOrUpdate(key, 1, static (_, count) => count + 1);
    }

    public async Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        if (BeforeSet?.Invoke(key, value) is { } before)
        {
            await before;
        }

        Set(key, value, options);
    }
}
