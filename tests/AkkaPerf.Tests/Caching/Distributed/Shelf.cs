using Microsoft.Extensions.Caching.Distributed;

namespace AkkaPerf.Tests.Caching.Distributed;

/// <summary>A store whose failures and delays a test decides: it throws, hangs until let go, or works.</summary>
internal class Shelf : IDistributedCache
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (byte[] Value, TimeSpan? Life)> _entries = new(StringComparer.Ordinal);
    private readonly List<TaskCompletionSource> _hanging = [];

    /// <summary>What every operation throws; null to work.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Whether operations hang, whatever their token says, until <see cref="LetGo"/>.</summary>
    public bool Hangs { get; set; }

    /// <summary>Whether writes alone hang.</summary>
    public bool HangsOnSet { get; set; }

    /// <summary>Whether writes and removals throw, and reads work.</summary>
    public bool RefusesChanges { get; set; }

    /// <summary>A key whose writes always throw.</summary>
    public string? Poison { get; set; }

    /// <summary>Whether hanging operations at least heed their token.</summary>
    public bool HeedsTokens { get; set; }

    /// <summary>What was called, as in "set key", in order of completion.</summary>
    public List<string> Log { get; } = [];

    public int Begun { get; private set; }

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    public IReadOnlyList<string> Keys
    {
        get
        {
            lock (_gate)
            {
                return [.. _entries.Keys];
            }
        }
    }

    public byte[]? this[string key]
    {
        get
        {
            lock (_gate)
            {
                return _entries.TryGetValue(key, out var entry) ? entry.Value : null;
            }
        }

        set
        {
            lock (_gate)
            {
                _entries[key] = (value!, null);
            }
        }
    }

    public TimeSpan? LifeOf(string key) => _entries[key].Life;

    /// <summary>Lets what hangs go on.</summary>
    public void LetGo()
    {
        TaskCompletionSource[] hanging;
        lock (_gate)
        {
            (Hangs, HangsOnSet) = (false, false);
            hanging = [.. _hanging];
            _hanging.Clear();
        }

        foreach (var one in hanging)
        {
            one.TrySetResult();
        }
    }

    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default)
    {
        await EnterAsync(token);
        lock (_gate)
        {
            Log.Add($"get {key}");
            return _entries.TryGetValue(key, out var entry) ? entry.Value : null;
        }
    }

    public async Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        await EnterAsync(token, key, isChange: true, isSet: true);
        lock (_gate)
        {
            Log.Add($"set {key}");
            _entries[key] = (value, options.AbsoluteExpirationRelativeToNow);
        }
    }

    public async Task RemoveAsync(string key, CancellationToken token = default)
    {
        await EnterAsync(token, key, isChange: true);
        lock (_gate)
        {
            Log.Add($"remove {key}");
            _entries.Remove(key);
        }
    }

    public byte[]? Get(string key) => throw new NotSupportedException();

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => throw new NotSupportedException();

    public void Remove(string key) => throw new NotSupportedException();

    public void Refresh(string key) => throw new NotSupportedException();

    public Task RefreshAsync(string key, CancellationToken token = default) => throw new NotSupportedException();

    private async Task EnterAsync(CancellationToken token, string? key = null, bool isChange = false, bool isSet = false)
    {
        TaskCompletionSource? hanging = null;
        lock (_gate)
        {
            Begun++;
            if (Hangs || (HangsOnSet && isSet))
            {
                hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _hanging.Add(hanging);
            }
        }

        if (hanging is not null)
        {
            await (HeedsTokens ? hanging.Task.WaitAsync(token) : hanging.Task);
        }

        if (Failure is { } failure)
        {
            throw failure;
        }

        if ((isChange && RefusesChanges) || (isSet && key == Poison))
        {
            throw new InvalidOperationException("refused");
        }
    }
}
