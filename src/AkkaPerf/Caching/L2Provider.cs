namespace AkkaPerf.Caching;

/// <summary>The stores that can be a second level.</summary>
public enum L2Provider
{
    /// <summary>No second level.</summary>
    None,

    /// <summary>The process's own memory; shared with nobody, for tests and for trying it out.</summary>
    Memory,

    /// <summary>A SQLite file, from the package AkkaPerf.Sqlite; <c>connection</c> says which.</summary>
    Sqlite,

    /// <summary>A server that speaks Redis's protocol, from the package AkkaPerf.Redis; <c>connection</c> says which.</summary>
    Redis,

    /// <summary>The store that <c>AddAkkaPerfSecondLevel</c> was given in code.</summary>
    Given,
}
