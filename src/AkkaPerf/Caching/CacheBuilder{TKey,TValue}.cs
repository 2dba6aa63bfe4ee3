using AkkaPerf.Caching.Distributed;
using AkkaPerf.Caching.Flights;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Hybrid;

namespace AkkaPerf.Caching;

/// <summary>Says in code what a cache that stands alone is like.</summary>
/// <typeparam name="TKey">What values are known by.</typeparam>
/// <typeparam name="TValue">What is kept.</typeparam>
public sealed class CacheBuilder<TKey, TValue>
    where TKey : notnull
{
    // Joiners are somebody's callers: more than this waiting for loads is an overload of its own.
    private const int DefaultJoiners = 65_536;

    private readonly List<Action<CacheOptions>> _configure = [];
    private readonly string _name;
    private Func<TKey, string>? _textOf;
    private Func<string, TKey>? _keyOf;
    private IEqualityComparer<TKey>? _comparer;
    private TimeProvider _time = TimeProvider.System;
    private Random _random = Random.Shared;
    private TimeSpan _loadTimeout = TimeSpan.FromSeconds(30);

    internal CacheBuilder(string name) => _name = name;

    internal string Name => _name;

    internal IDistributedCache? Distributed { get; private set; }

    internal IHybridCacheSerializer<TValue>? Serializer { get; private set; }

    internal Func<TKey, CancellationToken, ValueTask<TValue>>? Load { get; private set; }

    internal TimeProvider Time => _time;

    internal Random Random => _random;

    /// <summary>Sets options; a later call sees what earlier ones set. <c>enabled</c> has no effect here.</summary>
    public CacheBuilder<TKey, TValue> Configure(Action<CacheOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        _configure.Add(configure);
        return this;
    }

    /// <summary>Writes keys as text, different for different keys; needed with a second level unless they are text, numbers, GUIDs or enums.</summary>
    /// <param name="textOf">Writes a key.</param>
    /// <param name="keyOf">Reads one; <c>warming.hot-keys</c> needs it unless keys are text.</param>
    public CacheBuilder<TKey, TValue> TextBy(Func<TKey, string> textOf, Func<string, TKey>? keyOf = null)
    {
        ArgumentNullException.ThrowIfNull(textOf);
        _textOf = textOf;
        _keyOf = keyOf;
        return this;
    }

    /// <summary>Compares keys in a way of one's own; with a second level <see cref="TextBy"/> must give those that are the same one text.</summary>
    public CacheBuilder<TKey, TValue> CompareBy(IEqualityComparer<TKey> comparer)
    {
        ArgumentNullException.ThrowIfNull(comparer);
        _comparer = comparer;
        return this;
    }

    /// <summary>Takes any store as the second level, whatever <c>l2.provider</c> says.</summary>
    public CacheBuilder<TKey, TValue> UseDistributed(IDistributedCache store)
    {
        ArgumentNullException.ThrowIfNull(store);
        Distributed = store;
        return this;
    }

    /// <summary>Writes values to the second level in a way of one's own.</summary>
    public CacheBuilder<TKey, TValue> UseSerializer(IHybridCacheSerializer<TValue> serializer)
    {
        ArgumentNullException.ThrowIfNull(serializer);
        Serializer = serializer;
        return this;
    }

    /// <summary>The source, for what is loaded without being asked: <c>refresh.ahead</c> and <c>warming.hot-keys</c> need it.</summary>
    public CacheBuilder<TKey, TValue> LoadWith(Func<TKey, CancellationToken, ValueTask<TValue>> load)
    {
        ArgumentNullException.ThrowIfNull(load);
        Load = load;
        return this;
    }

    /// <summary>Stops a load for which no caller waits any more, such as a refresh in the background, after this time; default 30 s.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not more than zero.</exception>
    public CacheBuilder<TKey, TValue> LoadTimeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        _loadTimeout = timeout;
        return this;
    }

    /// <summary>Takes time from elsewhere than the system, as tests do.</summary>
    public CacheBuilder<TKey, TValue> UseTime(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        return this;
    }

    /// <summary>Takes chance from elsewhere, as tests do; must bear several threads.</summary>
    public CacheBuilder<TKey, TValue> UseRandom(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        _random = random;
        return this;
    }

    private Func<string, TKey>? KeyOf =>
        _keyOf ?? (typeof(TKey) == typeof(string) ? (Func<string, TKey>)(object)(Func<string, string>)(static text => text) : null);

    /// <summary>Which options need what this was not given, and what that is.</summary>
    internal IEnumerable<(string Option, string Needs)> Needs(CacheOptions options)
    {
        var (isAhead, isHot) = (options.Refresh.Ahead > 0, options.Warming.HotKeys > 0);
        var hasSecond = Distributed is not null || options.L2.Provider != L2Provider.None;
        (string Option, string Needs)?[] needs =
        [
            Need(options.L2.Provider == L2Provider.None || _textOf is not null || KeyText.IsExact(typeof(TKey)), "l2.provider", $"{nameof(TextBy)}: keys of type {typeof(TKey).Name} have no text of their own"),
            Need(!isHot || hasSecond, "warming.hot-keys", $"a second level to keep the keys: l2.provider or {nameof(UseDistributed)}"),
            Need(!isAhead || Load is not null, "refresh.ahead", nameof(LoadWith)),
            Need(!isHot || Load is not null, "warming.hot-keys", nameof(LoadWith)),
            Need(!isHot || KeyOf is not null, "warming.hot-keys", $"{nameof(TextBy)} with a way to read keys"),
        ];
        return needs.OfType<(string Option, string Needs)>();
    }

    internal void Apply(CacheOptions options) => _configure.ForEach(configure => configure(options));

    /// <summary>Makes the cache.</summary>
    /// <exception cref="InvalidOperationException">There is a second level, and keys need a text for it; an option needs what is not given.</exception>
    internal AkkaPerfCache<TKey, TValue> Build(CacheOptions options, SecondLevel? second, SerializerResolver? serializers)
    {
        if (second is not null && _textOf is null && !KeyText.IsExact(typeof(TKey)))
        {
            throw new InvalidOperationException(
                $"The cache '{_name}' has a second level, and its keys of type {typeof(TKey).Name} have no text of their own: call {nameof(TextBy)}(…).");
        }

        if (second is not null && _textOf is null && !IsTextual(_comparer))
        {
            throw new InvalidOperationException(
                $"The cache '{_name}' has a second level, which knows keys by their text, and compares keys by {nameof(CompareBy)}(…): call {nameof(TextBy)}(…) with one text for keys that are the same.");
        }

        foreach (var (option, needs) in Needs(options))
        {
            throw new InvalidOperationException($"The cache '{_name}' has {option}, which {needs}.");
        }

        var levels = new CacheLevels<TKey>(options, _textOf ?? KeyText.Of<TKey>(), new LevelParts(_time, _random, second, serializers), _comparer);
        if (Serializer is not null)
        {
            levels.Use(Serializer);
        }

        var flights = new FlightTable<TKey>(options.MaxJoiners > 0 ? options.MaxJoiners : DefaultJoiners, _comparer);
        var cache = new AkkaPerfCache<TKey, TValue>(new CacheEngine<TKey>(levels, flights, _time, _loadTimeout), _time, options, Load);
        if (options.Warming.HotKeys > 0)
        {
            cache.WarmHotKeys(KeyOf!, Load!);
        }

        return cache;
    }

    // Whether keys are the same if and only if their texts are.
    private static bool IsTextual(IEqualityComparer<TKey>? comparer) =>
        comparer is null || comparer.Equals(EqualityComparer<TKey>.Default) || comparer.Equals(StringComparer.Ordinal);

    private static (string Option, string Needs)? Need(bool isGiven, string option, string call) => isGiven ? null : (option, $"needs {call}");
}
