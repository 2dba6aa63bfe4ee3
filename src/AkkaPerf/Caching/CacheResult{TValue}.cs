using System.Runtime.InteropServices;

namespace AkkaPerf.Caching;

/// <summary>What a cache knows of a key.</summary>
/// <typeparam name="TValue">The type of the value.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CacheResult<TValue>
{
    private readonly TValue? _value;

    internal CacheResult(TValue? value, CacheLevel level, bool isStale, TimeSpan age)
    {
        _value = value;
        HasValue = true;
        Level = level;
        IsStale = isStale;
        Age = age;
    }

    /// <summary>Whether there is a value; it may be null.</summary>
    public bool HasValue { get; }

    /// <summary>Where it came from.</summary>
    public CacheLevel Level { get; }

    /// <summary>Whether it is past its life.</summary>
    public bool IsStale { get; }

    /// <summary>How long ago it was made.</summary>
    public TimeSpan Age { get; }

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public TValue Value => HasValue ? _value! : throw new InvalidOperationException("There is no value: look at HasValue first.");
}
