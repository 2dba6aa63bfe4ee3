using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Admin;

/// <summary>What an operator asked for that cannot be done (RFC 9457): what was wrong, and what is allowed.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Title">The same in words.</param>
/// <param name="Reason">What is wrong, for programs.</param>
/// <param name="Detail">What is wrong, for people.</param>
internal sealed record AdminProblem(int Status, string Title, string Reason, string Detail)
{
    /// <summary>The kind; there is nothing to be read about any.</summary>
    [JsonPropertyOrder(-1)]
    public string Type => "about:blank";

    /// <summary>What would have been right; null if that is no list.</summary>
    public IReadOnlyList<string>? Allowed { get; init; }

    /// <summary>When to ask again; null where that makes no difference.</summary>
    [JsonIgnore]
    public TimeSpan? RetryAfter { get; init; }

    public static AdminProblem BadRequest(string reason, string detail) => new(StatusCodes.Status400BadRequest, "Bad Request", reason, detail);

    public static AdminProblem NotFound(string reason, string detail, IEnumerable<string> allowed) =>
        new(StatusCodes.Status404NotFound, "Not Found", reason, detail) { Allowed = [.. allowed] };

    public static AdminProblem Conflict(string reason, string detail) => new(StatusCodes.Status409Conflict, "Conflict", reason, detail);

    public static AdminProblem Forbidden(string reason, string detail) => new(StatusCodes.Status403Forbidden, "Forbidden", reason, detail);

    public static AdminProblem TooMany(string reason, string detail, TimeSpan retryAfter) =>
        new(StatusCodes.Status429TooManyRequests, "Too Many Requests", reason, detail) { RetryAfter = retryAfter };

    public Task WriteToAsync(HttpContext context)
    {
        context.Response.StatusCode = Status;
        context.Response.ContentType = "application/problem+json";
        context.Response.Headers.CacheControl = "no-store";
        if (RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = Proxying.RetryAfter.Text(wait);
        }

        return JsonSerializer.SerializeAsync(context.Response.BodyWriter, this, AdminJson.Compact.AdminProblem, context.RequestAborted);
    }
}
