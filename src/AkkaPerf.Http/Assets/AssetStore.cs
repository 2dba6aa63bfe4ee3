using System.Collections.Concurrent;
using AkkaPerf.Http.Compression;

namespace AkkaPerf.Http.Assets;

/// <summary>What is known of files, small ones' bytes included, within a bound; looked at anew when it was asked for and is old.</summary>
internal sealed class AssetStore
{
    private const double LeftAfterEviction = 0.8;

    // In intervals.
    private const int OldAfter = 10;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly AssetLoader _loader;
    private readonly ResponseCompression? _compression;
    private readonly TimeProvider _time;
    private readonly TimeSpan _checkInterval;
    private readonly long _maxBytes;

    // Guarded by the gate.
    private long _bytes;

    public AssetStore(AssetOptions options, AssetLoader loader, ResponseCompression? compression, TimeProvider time)
    {
        _loader = loader;
        _compression = compression;
        _time = time;
        _checkInterval = options.CheckInterval;
        _maxBytes = options.MaxMemory;
    }

    /// <summary>Bytes in memory.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _bytes;
            }
        }
    }

    /// <summary>The file of a served path; null if there is none.</summary>
    public ValueTask<Asset?> FindAsync(string path)
    {
        if (!_entries.TryGetValue(path, out var entry))
        {
            return RefreshAsync(path);
        }

        var looked = Volatile.Read(ref entry.LookedAt);
        var now = _time.GetTimestamp();
        var age = _time.GetElapsedTime(looked, now);

        // One of those who ask at once looks; the others need not wait for him, unless it has become old unseen.
        return age < _checkInterval || (age < OldAfter * _checkInterval && Interlocked.CompareExchange(ref entry.LookedAt, now, looked) != looked)
            ? new(entry.Asset)
            : RefreshAsync(path);
    }

    /// <summary>The same, looked at now.</summary>
    public async ValueTask<Asset?> RefreshAsync(string path)
    {
        var before = _entries.GetValueOrDefault(path)?.Asset;
        var now = _time.GetTimestamp();
        var asset = await _loader.LoadAsync(path, before, (type, body) => Make(path, type, body)).ConfigureAwait(false);
        lock (_gate)
        {
            if (_entries.TryRemove(path, out var old))
            {
                _bytes -= old.Weight;
            }

            if (asset is not null)
            {
                _entries[path] = new Entry(asset, now);
                Recount(path);
            }
        }

        return asset;
    }

    private EncodedBodies? Make(string path, string type, ReadOnlyMemory<byte> body) =>
        _compression is not null && _compression.Rules.IsCodableType(type, body.Length)
            ? new EncodedBodies(body, _compression.Work, _ => Recount(path)) { Counts = _compression.Counts }
            : null;

    private void Recount(string path)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(path, out var entry))
            {
                var weight = entry.Asset.Weight + (entry.Asset.Made?.Bytes ?? 0) + (2L * path.Length);
                _bytes += weight - entry.Weight;
                entry.Weight = weight;
                Evict();
            }
        }
    }

    // Who was asked for last was looked at last, to the interval.
    private void Evict()
    {
        if (_bytes <= _maxBytes)
        {
            return;
        }

        foreach (var (path, entry) in _entries.OrderBy(static pair => Volatile.Read(ref pair.Value.LookedAt)).ToArray())
        {
            if (_bytes <= _maxBytes * LeftAfterEviction)
            {
                return;
            }

            _entries.TryRemove(path, out _);
            _bytes -= entry.Weight;
        }
    }

    private sealed class Entry(Asset asset, long lookedAt)
    {
        public long LookedAt = lookedAt;

        public Asset Asset => asset;

        // Guarded by the gate.
        public long Weight { get; set; }
    }
}
