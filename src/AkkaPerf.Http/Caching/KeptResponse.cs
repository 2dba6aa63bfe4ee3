using System.Globalization;
using System.Net;
using AkkaPerf.Http.Client;
using AkkaPerf.Http.Proxying;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>A whole response in memory, fit for everybody who asks for the same; never changes.</summary>
internal sealed class KeptResponse : ProxyResponse
{
    private readonly KeyValuePair<string, StringValues>[] _headers;
    private readonly KeyValuePair<string, StringValues>[] _trailers;
    private readonly byte[] _body;
    private readonly Version _version;
    private readonly TimeProvider _time;
    private readonly long _askedAt;
    private readonly long _ageThen;

    // One that is not for the cache passes as it came.
    private readonly bool _ages;

    /// <summary>Takes a response whose body has been read.</summary>
    /// <param name="message">Its head and trailers.</param>
    /// <param name="body">Its body.</param>
    /// <param name="life">How long it was fresh when it was asked for.</param>
    /// <param name="clock">The clock, and when on it the backend was asked: what passed since then is age (RFC 9111, section 4.2.3).</param>
    public KeptResponse(HttpResponseMessage message, byte[] body, TimeSpan life, (TimeProvider Time, long AskedAt) clock)
    {
        _body = body;
        (_time, _askedAt) = clock;
        StatusCode = (int)message.StatusCode;
        _version = message.Version;
        var headers = new List<KeyValuePair<string, StringValues>>();
        ResponseHead.Forward(message, headers, static (all, name, values) => all.Add(new(name, values)));
        _ages = life > TimeSpan.Zero;
        _ageThen = _ages ? TakeAge(headers) : 0;
        _headers = [.. headers];
        _trailers = ResponseTrailers.Of(message);
        var left = life - _time.GetElapsedTime(_askedAt);
        Lifetime = left > TimeSpan.Zero ? new Lifetime(left, body.Length + BytesOf(_headers) + BytesOf(_trailers)) : null;
    }

    public override int StatusCode { get; }

    /// <summary>Null if the transfer outlasted it.</summary>
    internal override Lifetime? Lifetime { get; }

    public override Task WriteToAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = StatusCode;
        var headers = response.Headers;
        foreach (var (name, values) in _headers)
        {
            headers[name] = values;
        }

        if (_ages)
        {
            headers.Age = Age();
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

        if (_ages)
        {
            answer.Headers.TryAddWithoutValidation("Age", Age());
        }

        foreach (var (name, values) in _trailers)
        {
            answer.TrailingHeaders.TryAddWithoutValidation(name, (string?)values);
        }

        return answer;
    }

    private static long BytesOf(KeyValuePair<string, StringValues>[] headers) =>
        headers.Sum(header => 2L * (header.Key.Length + header.Value.ToString().Length));

    private string Age() => (_ageThen + (long)_time.GetElapsedTime(_askedAt).TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static long TakeAge(List<KeyValuePair<string, StringValues>> headers)
    {
        var index = headers.FindIndex(header => header.Key.Equals("Age", StringComparison.OrdinalIgnoreCase));
        if (index < 0)
        {
            return 0;
        }

        var age = long.Parse(headers[index].Value.ToString(), CultureInfo.InvariantCulture);
        headers.RemoveAt(index);
        return age;
    }
}
