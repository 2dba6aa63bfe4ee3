using System.Net;
using AkkaPerf.Http.Client;
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
    /// <param name="message">Its head and trailers.</param>
    /// <param name="body">Its body.</param>
    public KeptResponse(HttpResponseMessage message, byte[] body)
    {
        _body = body;
        StatusCode = (int)message.StatusCode;
        _version = message.Version;
        var headers = new List<KeyValuePair<string, StringValues>>();
        ResponseHead.Forward(message, headers, static (all, name, values) => all.Add(new(name, values)));
        _headers = [.. headers];
        _trailers = ResponseTrailers.Of(message);
    }

    public override int StatusCode { get; }

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
