using System.Diagnostics;
using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Caching.Rules;
using AkkaPerf.Http.Transport.Wire;
using AkkaPerf.Telemetry;
using Microsoft.AspNetCore.Http;

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

    /// <summary>The current exchange's span as a traceparent; null if it is not traced.</summary>
    public static string? CurrentId =>
        Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id } span && span.Source.Name == AkkaPerfTelemetry.ActivitySourceName ? id : null;

    /// <summary>Whether a field of a request is ours to write where there is a span.</summary>
    public static bool Replaces(string name) =>
        name.Equals(Parent, StringComparison.OrdinalIgnoreCase) || name.Equals(State, StringComparison.OrdinalIgnoreCase);

    /// <summary>Makes a head part of the current exchange's span.</summary>
    /// <param name="writer">Writes the head, which has neither field.</param>
    /// <param name="id">The span.</param>
    /// <param name="told">What the client sent.</param>
    public static void Write(ref HeadWriter writer, string id, IHeaderDictionary told)
    {
        writer.WriteField(Parent, id);
        if (Activity.Current?.TraceStateString is { Length: > 0 } state)
        {
            // Byte for byte as it came, if it did.
            writer.WriteField(State, told[State] is { Count: > 0 } same ? same : state);
        }
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
