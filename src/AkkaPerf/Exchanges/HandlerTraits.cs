namespace AkkaPerf.Exchanges;

/// <summary>What a handler promises, for which its pipeline does less.</summary>
[Flags]
public enum HandlerTraits
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Its synchronous parts never block and are short: what another caller's thread has let in may run there, without a hop.</summary>
    NonBlocking = 1,

    /// <summary>It lets go of its <see cref="IExchangeContext{TResponse}"/> before it ends: the context needs no guard of its own.</summary>
    KeepsNoContext = 2,
}
