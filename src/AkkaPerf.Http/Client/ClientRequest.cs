using System.Globalization;
using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Transport.Wire;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Client;

/// <summary>A request of this process's own, as an <see cref="HttpClient"/> sends it.</summary>
/// <remarks>Its handler may outlive its caller, who may then do with the message as he likes: it is not touched after <see cref="DetachAsync"/>.</remarks>
internal sealed class ClientRequest : ProxyRequest
{
    private readonly Lock _gate = new();
    private readonly string _method;
    private readonly ClientBody? _body;
    private readonly bool _isRepeatable;

    // The caller's; once he has left null, or a copy if others may wait for what it asks. Guarded by the gate.
    private HttpRequestMessage? _message;

    private bool _mayOutlive;
    private bool _isDetached;

    private ClientRequest(HttpRequestMessage message, Uri address)
        : base(address.PathAndQuery, message.Headers.Host ?? AuthorityOf(address), address.Scheme)
    {
        _message = message;
        _method = message.Method.Method;
        _body = message.Content is { } content ? new ClientBody(content) : null;
        var options = message.Options;
        Affinity = options.TryGetValue(PipelineRequestOptions.Affinity, out var affinity) ? affinity : null;
        _isRepeatable = _body is not { IsReplayable: false }
            && (options.TryGetValue(PipelineRequestOptions.Repeatable, out var isRepeatable) ? isRepeatable : SendFailure.IsIdempotent(_method));
    }

    public override string? Affinity { get; }

    internal override string Method => _method;

    internal override bool MayHaveBody => _body is not null;

    internal override bool IsBodyRead => _body is { IsReplayable: false, IsRead: true };

    internal override ProxyResponse? BodyFault => _body?.Failure is { } failure ? new BrokenBody(failure) : null;

    internal override bool IsRepeatable => _isRepeatable;

    /// <summary>Takes a message.</summary>
    /// <exception cref="InvalidOperationException">It has no address, or none of HTTP's.</exception>
    /// <exception cref="NotSupportedException">It asks for a tunnel.</exception>
    public static ClientRequest Of(HttpRequestMessage message)
    {
        if (message.RequestUri is not { IsAbsoluteUri: true } address || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
        {
            throw new InvalidOperationException($"The request's address must be an absolute http or https one, any host will do; it is '{message.RequestUri}'.");
        }

        return message.Method == HttpMethod.Connect
            ? throw new NotSupportedException("A pipeline makes no tunnels: CONNECT cannot be sent through it.")
            : new ClientRequest(message, address);
    }

    public override ValueTask DetachAsync(bool isAnswered)
    {
        lock (_gate)
        {
            if (_isDetached)
            {
                return ValueTask.CompletedTask;
            }

            _isDetached = true;
            _message = isAnswered || !_mayOutlive ? null : new ClientMessage(_message!, body: null);
        }

        // An answer may come before the body has been sent, which then goes on.
        if (!isAnswered)
        {
            _body?.Close();
        }

        return ValueTask.CompletedTask;
    }

    internal override void Outlive() => _mayOutlive = true;

    internal override FieldSnapshot Snapshot() => new(_message!.Headers.NonValidated.Select(
        static field => new KeyValuePair<string, StringValues>(field.Key, field.Value.Count == 1 ? field.Value.ToString() : new StringValues([.. field.Value]))));

    internal override StringValues Header(string name) =>
        _message!.Headers.NonValidated.TryGetValues(name, out var values) ? values.Count == 1 ? values.ToString() : new StringValues([.. values]) : default;

    internal override bool TryWrite(WirePool pool, bool preservesHost, out WireRequest written)
    {
        written = default;
        return false;
    }

    internal override HttpRequestMessage TakeMessage(bool preservesHost)
    {
        lock (_gate)
        {
            var message = new ClientMessage(_message ?? throw new OperationCanceledException("The caller has left."), _body);
            if (preservesHost)
            {
                message.Headers.TryAddWithoutValidation("Host", Authority);
            }

            Fetch?.Apply(message);
            return message;
        }
    }

    private static string AuthorityOf(Uri address)
    {
        var host = address.HostNameType == UriHostNameType.Dns ? address.IdnHost : address.Host;
        return address.IsDefaultPort ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{address.Port}");
    }
}
