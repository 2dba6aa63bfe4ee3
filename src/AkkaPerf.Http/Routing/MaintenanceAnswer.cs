using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Routing;

/// <summary>A <see cref="MaintenanceOptions"/> made once and written as often as asked.</summary>
internal sealed class MaintenanceAnswer
{
    private readonly int _status;
    private readonly string? _retryAfter;
    private readonly string _contentType;
    private readonly byte[] _body;

    private MaintenanceAnswer(MaintenanceOptions options)
    {
        _status = options.Status;
        _contentType = options.ContentType;
        _body = Encoding.UTF8.GetBytes(options.Body);
        _retryAfter = options.RetryAfter > TimeSpan.Zero
            ? ((long)Math.Ceiling(options.RetryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture)
            : null;
    }

    /// <summary>Null if the backends are to be asked.</summary>
    public static MaintenanceAnswer? Of(MaintenanceOptions options) => options.Enabled ? new MaintenanceAnswer(options) : null;

    public Task WriteToAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = _status;
        response.Headers.CacheControl = "no-store";
        response.Headers.RetryAfter = _retryAfter;
        if (_status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified)
        {
            return Task.CompletedTask;
        }

        response.ContentType = _contentType;
        response.ContentLength = _body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(_body, 0, _body.Length);
    }
}
