namespace AkkaPerf.Http.Caching.Rules;

/// <summary>The directives of Cache-Control that say something by being there.</summary>
[Flags]
internal enum Directive
{
    /// <summary>Nothing is said.</summary>
    None = 0,

    /// <summary>Anybody may store it.</summary>
    Public = 1,

    /// <summary>Only the client itself may store it.</summary>
    Private = 2,

    /// <summary>Nobody may store it.</summary>
    NoStore = 4,

    /// <summary>It is not used without asking.</summary>
    NoCache = 8,

    /// <summary>Its body is not changed on the way.</summary>
    NoTransform = 16,

    /// <summary>It is never used stale.</summary>
    MustRevalidate = 32,

    /// <summary>Shared caches never use it stale.</summary>
    ProxyRevalidate = 64,

    /// <summary>Only who understands its status stores it.</summary>
    MustUnderstand = 128,

    /// <summary>Only what is stored is wanted.</summary>
    OnlyIfCached = 256,

    /// <summary>It does not change while it is fresh (RFC 8246).</summary>
    Immutable = 512,
}
