using System.Collections.Concurrent;
using AkkaPerf.Backends;

namespace AkkaPerf.Connections;

/// <summary>How many connections each backend's pool may have: the options' number, unless the backend has one of its own. Any thread.</summary>
internal sealed class ConnectionLimits
{
    private readonly ConcurrentDictionary<string, ConnectionLimit> _own = new(StringComparer.Ordinal);
    private readonly Func<Backend, int?> _maxOf;
    private readonly bool _isShared;
    private volatile Common _common;

    /// <summary>Creates the limits.</summary>
    /// <param name="options">What holds for every backend.</param>
    /// <param name="isShared">Whether connections are slots on a shared transport, of which none is kept idle.</param>
    /// <param name="maxOf">A backend's own number, null meaning the options'; null: what its own options say.</param>
    public ConnectionLimits(ConnectionOptions options, bool isShared, Func<Backend, int?>? maxOf = null)
    {
        _common = new Common(new ConnectionLimit(options.MaxPerBackend, options.MinIdle));
        _isShared = isShared;
        _maxOf = maxOf ?? (static backend => backend.MaxConnections == 0 ? null : backend.MaxConnections);
    }

    /// <summary>The limit of one backend.</summary>
    public ConnectionLimit For(Backend backend)
    {
        if (_own.TryGetValue(backend.Id, out var own))
        {
            return own;
        }

        var common = _common.Limit;
        return _maxOf(backend) is { } max ? new ConnectionLimit(max, Math.Min(max, common.MinIdle)) : common;
    }

    /// <summary>The most connections of one backend by a number of its own; 0 = it has none.</summary>
    public int OwnMaxOf(Backend backend) => _own.TryGetValue(backend.Id, out var own) ? own.Max : _maxOf(backend) ?? 0;

    /// <summary>Sets the limit of every backend that has none of its own, also of those to come.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public void Set(int max, int minIdle) => _common = new Common(Valid(max, minIdle));

    /// <summary>Sets the limit of the backend with an id, also of one that comes again under it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public void SetFor(string id, int max, int minIdle) => _own[id] = Valid(max, minIdle);

    private ConnectionLimit Valid(int max, int minIdle)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(max, ConnectionOptions.MostPerBackend);
        ArgumentOutOfRangeException.ThrowIfNegative(minIdle);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minIdle, _isShared ? 0 : max);
        return new ConnectionLimit(max, minIdle);
    }

    private sealed record Common(ConnectionLimit Limit);
}
