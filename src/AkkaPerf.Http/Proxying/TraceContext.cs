using System.Diagnostics;
using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Caching.Rules;
using AkkaPerf.Telemetry;

namespace AkkaPerf.Http.Proxying;

/// <summary>The W3C trace context of what is forwarded: it becomes the parent of the exchange's span, and the span that of the backend's.</summary>
/// <remarks>Where an exchange is not traced both fields stay as they came, byte for byte.</remarks>
internal static class TraceContext
{
    private const string Parent = "traceparent";
    private const string State = "tracestate";

    /// <summary>What a request came with; the default if that is nothing, or cannot be understood.</summary>
    public static ActivityContext Of(ProxyRequest request) => Of(new RequestFields(request));

    /// <summary>The same by a request's fields.</summary>
    public static ActivityContext Of<TFields>(TFields fields)
        where TFields : IFieldSource
    {
        var parent = fields[Parent];
        return parent.Count == 1 && ActivityContext.TryParse(parent[0], fields[State].ToString() is { Length: > 0 } state ? state : null, isRemote: true, out var context)
            ? context
            : default;
    }

    /// <summary>Makes a message part of the current exchange's span, if there is one.</summary>
    public static void Write(HttpRequestMessage message)
    {
        if (Activity.Current is not { IdFormat: ActivityIdFormat.W3C, Id: { } id } span || span.Source.Name != AkkaPerfTelemetry.ActivitySourceName)
        {
            return;
        }

        message.Headers.Remove(Parent);
        message.Headers.TryAddWithoutValidation(Parent, id);
        if (span.TraceStateString is not { Length: > 0 })
        {
            // It belongs to a trace that could not be understood, and this is another one.
            message.Headers.Remove(State);
        }
        else if (!message.Headers.NonValidated.Contains(State))
        {
            message.Headers.TryAddWithoutValidation(State, span.TraceStateString);
        }
    }
}
