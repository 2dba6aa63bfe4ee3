using System.Diagnostics;

namespace AkkaPerf.Telemetry;

/// <summary>The one activity source, and how spans of exchanges are begun and ended; nothing of it runs unless somebody listens. Any thread.</summary>
internal static class Tracing
{
    /// <summary>The event of a request that waits for another one's load.</summary>
    public const string Joined = "akkaperf.caching.joined";

    private static readonly ActivitySource Source = new(AkkaPerfTelemetry.ActivitySourceName);

    public static bool HasListeners => Source.HasListeners();

    /// <summary>The name of the spans of a pipeline's exchanges.</summary>
    public static string NameOf(string pipeline) => "akkaperf " + pipeline;

    /// <summary>Begins a span, and makes it current; null if nobody samples it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="pipeline">The pipeline's name.</param>
    /// <param name="kind">What it is, unless another process began the trace.</param>
    /// <param name="remote">What it is the child of, where nothing is current; the default for nothing.</param>
    public static Activity? Start(string name, string pipeline, ActivityKind kind, ActivityContext remote)
    {
        KeyValuePair<string, object?>[] tags = [new(Tags.Pipeline, pipeline)];
        return Activity.Current is null && remote != default
            ? Source.StartActivity(name, ActivityKind.Server, remote, tags)
            : Source.StartActivity(name, kind, parentContext: default, tags);
    }

    /// <summary>Begins the span of a request that has waited for another one's load, and makes it current; null if nobody samples it.</summary>
    /// <param name="span">Its name, the pipeline's, what it is, and what it is the child of, as of any request.</param>
    /// <param name="waited">How long it has waited.</param>
    /// <param name="hasJoined">Whether there was room for it to wait.</param>
    /// <param name="load">The load's span, which it is linked to; null if that has none.</param>
    public static Activity? StartWait((string Name, string Pipeline, ActivityKind Kind, ActivityContext Remote) span, TimeSpan waited, bool hasJoined, Activity? load)
    {
        // By the clock that ends it.
        var began = TimeProvider.System.GetUtcNow() - waited;
        KeyValuePair<string, object?>[] tags = [new(Tags.Pipeline, span.Pipeline)];
        ActivityLink[]? links = load is null ? null : [new(load.Context)];
        var isRemote = Activity.Current is null && span.Remote != default;
        var started = Source.StartActivity(span.Name, isRemote ? ActivityKind.Server : span.Kind, isRemote ? span.Remote : default, tags, links, began);
        if (hasJoined && started is { IsAllDataRequested: true })
        {
            started.AddEvent(new ActivityEvent(Joined, began));
        }

        return started;
    }

    /// <summary>Begins the span of a refresh in the background, where nothing is current, and makes it current; null if nobody samples it.</summary>
    /// <param name="name">The name of the spans of the pipeline's exchanges.</param>
    /// <param name="pipeline">The pipeline's name.</param>
    /// <param name="cause">What caused it, which it is linked to; the default for nothing.</param>
    public static Activity? StartRefresh(string name, string pipeline, ActivityContext cause) => Source.StartActivity(
        name + " refresh", ActivityKind.Internal, parentContext: default, [new(Tags.Pipeline, pipeline)], cause == default ? null : [new ActivityLink(cause)]);

    /// <summary>Adds an event, unless the span has ended.</summary>
    public static void Note(Activity span, string name, string? tag = null, object? value = null)
    {
        if (span.IsAllDataRequested && !span.IsStopped)
        {
            span.AddEvent(tag is null ? new ActivityEvent(name) : new ActivityEvent(name, tags: [new(tag, value)]));
        }
    }

    public static void Answered(Activity span)
    {
        span.SetTag(Tags.Outcome, "answered");
        End(span);
    }

    /// <param name="span">The span.</param>
    /// <param name="reason">Why, as a tag value.</param>
    /// <param name="isError">Whether it is one; that the caller cancelled is none.</param>
    public static void Refused(Activity span, string reason, bool isError)
    {
        span.SetTag(Tags.Outcome, "refused").SetTag(Tags.Reason, reason);
        if (isError)
        {
            span.SetTag(Tags.ErrorType, reason).SetStatus(ActivityStatusCode.Error);
        }

        End(span);
    }

    public static void Faulted(Activity span, Exception? fault)
    {
        span.SetTag(Tags.Outcome, "faulted").SetTag(Tags.ErrorType, fault?.GetType().FullName ?? "_OTHER").SetStatus(ActivityStatusCode.Error, fault?.Message);
        if (fault is not null && span.IsAllDataRequested)
        {
            span.AddException(fault);
        }

        End(span);
    }

    // A span's end makes its parent current, wherever it ends: here that may be the thread of somebody else's request.
    private static void End(Activity span)
    {
        var current = Activity.Current;
        try
        {
            span.Stop();
        }
        catch (Exception)
        {
            // A listener's own fault: it must not cost the request its answer.
        }

        if (current != span)
        {
            Activity.Current = current;
        }
    }
}
