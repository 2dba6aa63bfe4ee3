using System.Net;
using AkkaPerf.Http.Client;
using AkkaPerf.Http.Transport;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Proxying;

/// <summary>A whole response in memory, held back because another backend may do better; it passes as it came.</summary>
internal sealed class KeptResponse : ProxyResponse
{
    private readonly KeyValuePair<string, StringValues>[] _headers;
    private readonly KeyValuePair<string, StringValues>[] _trailers;
    private readonly byte[] _body;
    private readonly Version _version;

    /// <summary>Takes a response whose body has been read.</summary>
    /// <param name="response">Its head and trailers.</param>
    /// <param name="body">Its body.</param>
    public KeptResponse(BackendResponse response, byte[] body)
    {
        _body = body;
        StatusCode = response.StatusCode;
        _version = response.Version;
        _headers = [.. response.Forwarded()];
        _trailers = response.Trailers();
    }

    public override int StatusCode { get; }

    internal override bool CameByHttp2 => _version.Major == 2;

    public override Task WriteToAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = StatusCode;
        var headers = response.Headers;
        foreach (var (name, values) in _headers)
        {
            headers[name] = values;
        }

        headers.ContentLength = _body.Length;
        ResponseTrailers.Append(response, _trailers);
        var write = response.BodyWriter.WriteAsync(_body, CancellationToken.None);
        return write.IsCompletedSuccessfully ? Task.CompletedTask : write.AsTask();
    }

    internal override HttpResponseMessage ToMessage(HttpRequestMessage request)
    {
        var answer = new HttpResponseMessage((HttpStatusCode)StatusCode) { Version = _version, RequestMessage = request, Content = new ByteArrayContent(_body) };
        foreach (var (name, values) in _headers)
        {
            ResponseMessages.Add(answer, name, values);
        }

        foreach (var (name, values) in _trailers)
        {
            answer.TrailingHeaders.TryAddWithoutValidation(name, (string?)values);
        }

        return answer;
    }
}
