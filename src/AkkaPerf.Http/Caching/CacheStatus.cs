using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>What Cache-Status (RFC 9211) says of responses that were not simply there; laid out once.</summary>
internal sealed class CacheStatus
{
    public CacheStatus(string name)
    {
        Name = name;
        Bypass = Text("fwd=bypass");
        Method = Text("fwd=method");
        UriMiss = Text("fwd=uri-miss");
        VaryMiss = Text("fwd=vary-miss");
        Request = Text("fwd=request");
        Stale = Text("fwd=stale");
        UriMissStored = Text("fwd=uri-miss; stored");
        VaryMissStored = Text("fwd=vary-miss; stored");
        RequestStored = Text("fwd=request; stored");
        StaleStored = Text("fwd=stale; stored");
        RequestUnchanged = Text("fwd=request; fwd-status=304; stored");
        StaleUnchanged = Text("fwd=stale; fwd-status=304; stored");
        RequestValidated = Text("fwd=request; fwd-status=304");
        StaleValidated = Text("fwd=stale; fwd-status=304");
        UriMissCollapsed = Text("fwd=uri-miss; collapsed");
        VaryMissCollapsed = Text("fwd=vary-miss; collapsed");
        RequestCollapsed = Text("fwd=request; collapsed");
        StaleCollapsed = Text("fwd=stale; collapsed");
        GivenStale = Text("fwd=stale; detail=backend-failed");
    }

    /// <summary>The cache's name; empty: nothing is said.</summary>
    public string Name { get; }

    public StringValues Bypass { get; }

    public StringValues Method { get; }

    public StringValues UriMiss { get; }

    public StringValues VaryMiss { get; }

    public StringValues Request { get; }

    public StringValues Stale { get; }

    /// <summary>Nothing fresh could be had. It was asked for, and so is no hit (RFC 9211, section 2.1).</summary>
    public StringValues GivenStale { get; }

    private StringValues UriMissCollapsed { get; }

    private StringValues VaryMissCollapsed { get; }

    private StringValues RequestCollapsed { get; }

    private StringValues StaleCollapsed { get; }

    private StringValues UriMissStored { get; }

    private StringValues VaryMissStored { get; }

    private StringValues RequestStored { get; }

    private StringValues StaleStored { get; }

    private StringValues RequestUnchanged { get; }

    private StringValues StaleUnchanged { get; }

    private StringValues RequestValidated { get; }

    private StringValues StaleValidated { get; }

    /// <summary>The same of a response that is stored now.</summary>
    public StringValues Stored(ForwardReason reason) => reason switch
    {
        ForwardReason.VaryMiss => VaryMissStored,
        ForwardReason.Request => RequestStored,
        ForwardReason.Stale => StaleStored,
        _ => UriMissStored,
    };

    /// <summary>The same of one for which another's load was waited for.</summary>
    public StringValues Collapsed(ForwardReason reason) => reason switch
    {
        ForwardReason.VaryMiss => VaryMissCollapsed,
        ForwardReason.Request => RequestCollapsed,
        ForwardReason.Stale => StaleCollapsed,
        _ => UriMissCollapsed,
    };

    /// <summary>The same of one that had not changed.</summary>
    public StringValues Unchanged(ForwardReason reason) => reason == ForwardReason.Request ? RequestUnchanged : StaleUnchanged;

    /// <summary>The same of one of which nothing else was said, so that it is no fresher.</summary>
    public StringValues Validated(ForwardReason reason) => reason == ForwardReason.Request ? RequestValidated : StaleValidated;

    /// <summary>The same of one that only passes.</summary>
    public StringValues Passed(ForwardReason reason) => reason switch
    {
        ForwardReason.Bypass => Bypass,
        ForwardReason.Method => Method,
        ForwardReason.VaryMiss => VaryMiss,
        ForwardReason.Request => Request,
        ForwardReason.Stale => Stale,
        _ => UriMiss,
    };

    private StringValues Text(string parameters) => Name.Length > 0 ? $"{Name}; {parameters}" : default(StringValues);
}
