using System.Runtime.ExceptionServices;
using AkkaPerf.Http.Proxying;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Client;

/// <summary>The answer to a request whose own content failed: that failure, thrown at whoever made it. The backend has no part in it.</summary>
internal sealed class BrokenBody : ProxyResponse
{
    private readonly ExceptionDispatchInfo _failure;

    public BrokenBody(Exception failure) => _failure = ExceptionDispatchInfo.Capture(failure);

    public override int StatusCode => StatusCodes.Status400BadRequest;

    public override Task WriteToAsync(HttpContext context) => throw new NotSupportedException();

    internal override HttpResponseMessage ToMessage(HttpRequestMessage request)
    {
        _failure.Throw();
        throw new NotSupportedException();
    }
}
