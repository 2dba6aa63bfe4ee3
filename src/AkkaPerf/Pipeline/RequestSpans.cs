using System.Diagnostics;
using AkkaPerf.Exchanges;
using AkkaPerf.Telemetry;

namespace AkkaPerf.Pipeline;

/// <summary>The spans of a pipeline's requests. Any thread; whoever calls has looked whether somebody listens, but for what ends at once.</summary>
internal sealed class RequestSpans<TRequest>
{
    private readonly PipelineCore _core;
    private readonly string _name;
    private readonly Func<TRequest, ActivityContext>? _parentOf;

    /// <param name="core">The pipeline.</param>
    /// <param name="parentOf">What a request is part of, where nothing is current; null for nothing.</param>
    public RequestSpans(PipelineCore core, Func<TRequest, ActivityContext>? parentOf)
    {
        _core = core;
        _name = Tracing.NameOf(core.Name);
        _parentOf = parentOf;
    }

    /// <summary>Begins one, and makes it current; null if nobody samples it.</summary>
    public Activity? Start(TRequest request) =>
        Tracing.Start(_name, _core.Name, _core.Directory is null ? ActivityKind.Internal : ActivityKind.Client, RemoteParentOf(request));

    /// <summary>Begins that of a refresh, a trace of its own: whoever caused it does not wait for it.</summary>
    public Activity? StartRefresh(TRequest request)
    {
        var current = Activity.Current;
        var cause = current?.Context ?? RemoteParentOf(request);
        Activity.Current = null;
        var span = Tracing.StartRefresh(_name, _core.Name, cause);
        Activity.Current = current;
        return span;
    }

    public void Hit(TRequest request)
    {
        if (Tracing.HasListeners && Start(request) is { } span)
        {
            Tracing.Note(span, "akkaperf.caching.hit");
            Tracing.Answered(span);
        }
    }

    public void Refused(TRequest request, RefusalReason reason)
    {
        if (Tracing.HasListeners && Start(request) is { } span)
        {
            Tracing.Refused(span, TagValues<RefusalReason>.Of(reason), isError: reason != RefusalReason.Cancelled);
        }
    }

    public void Faulted(TRequest request, Exception fault)
    {
        if (Tracing.HasListeners && Start(request) is { } span)
        {
            Tracing.Faulted(span, fault);
        }
    }

    private ActivityContext RemoteParentOf(TRequest request)
    {
        if (_parentOf is not null && Activity.Current is null)
        {
            try
            {
                return _parentOf(request);
            }
            catch (Exception)
            {
                // The user's code: a request without a trace is none the worse.
            }
        }

        return default;
    }
}
