using AkkaPerf.Backends;

namespace AkkaPerf.Exchanges;

/// <summary>One connection assigned to one exchange or caller; given back exactly once.</summary>
internal abstract class Lease
{
    /// <summary>The backend that the connection leads to.</summary>
    public abstract Backend Backend { get; }

    /// <summary>The connection, as its handler knows it.</summary>
    public abstract object Connection { get; }

    /// <summary>Gives it back; only the first call counts. Any thread.</summary>
    /// <param name="isBroken">Whether the connection must not be used again.</param>
    public abstract void Release(bool isBroken);
}
