using AkkaPerf.Exchanges;
using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Proxying;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Routing;

/// <summary>Says with which error of RFC 9209, section 2.3, an answer of our own came about.</summary>
internal sealed class ProxyStatus
{
    private readonly string _name;

    public ProxyStatus(string name) => _name = IsToken(name) ? name : $"\"{name}\"";

    /// <summary>Adds what it means that there is no response.</summary>
    public void Add(HttpResponse response, in Outcome<ProxyResponse> outcome) => Add(response, ErrorOf(outcome));

    public void Add(HttpResponse response, string error) =>
        response.Headers["Proxy-Status"] = StringValues.Concat(response.Headers["Proxy-Status"], $"{_name}; error={error}");

    /// <summary>Adds why an answer of our own stands in a response's place; nothing if it is a backend's.</summary>
    public void AddFor(HttpResponse response, ProxyResponse answer)
    {
        if (answer is Problem problem)
        {
            Add(response, ErrorOf(problem));
        }
    }

    private static string ErrorOf(Problem problem) =>
        problem == Problem.NotImplemented ? "http_request_error"
        : problem == Problem.TooManyStreams ? "http_request_denied"
        : problem == Problem.NoWebSockets ? "http_upgrade_failed"
        : problem.StatusCode < StatusCodes.Status500InternalServerError ? "http_request_error"
        : "proxy_internal_error";

    // Of structured fields (RFC 9651, section 3.3.4), which begin with a letter; any other name is a string there.
    private static bool IsToken(string name) => char.IsAsciiLetter(name[0]) || name[0] == '*';

    private static string ErrorOf(in Outcome<ProxyResponse> outcome) => outcome.Reason is { } reason ? ErrorOf(reason) : ErrorOf(outcome.Exception);

    private static string ErrorOf(RefusalReason reason) => reason switch
    {
        RefusalReason.DeadlinePassed => "http_response_timeout",
        RefusalReason.NoHealthyBackend => "destination_unavailable",
        RefusalReason.NoConnection => "connection_limit_reached",
        RefusalReason.QueueFull or RefusalReason.RateLimited => "http_request_denied",
        _ => "proxy_internal_error",
    };

    private static string ErrorOf(Exception? fault) => fault switch
    {
        NotValidatedException { InnerException: RequestRejectedException refused } => ErrorOf(refused.Reason),
        NotValidatedException => ErrorOf(fault.InnerException),
        ConnectFailedException { InnerException: HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } } => "dns_error",
        ConnectFailedException { InnerException: HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } } => "tls_protocol_error",
        ConnectFailedException { InnerException: OperationCanceledException } => "connection_timeout",
        ConnectFailedException => "connection_refused",
        TimeoutException => "http_response_timeout",
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } => "connection_terminated",
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError } => "http_protocol_error",
        _ => "connection_terminated",
    };
}
