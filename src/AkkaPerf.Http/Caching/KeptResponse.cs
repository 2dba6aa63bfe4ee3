using System.Globalization;
using AkkaPerf.Http.Proxying;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>A whole response in memory, fit for everybody who asks for the same; never changes.</summary>
internal sealed class KeptResponse : ProxyResponse
{
    private readonly KeyValuePair<string, StringValues>[] _headers;
    private readonly byte[] _body;
    private readonly TimeProvider _time;
    private readonly long _storedAt;
    private readonly long _ageThen;

    public KeptResponse(HttpResponseMessage message, byte[] body, TimeSpan life, TimeProvider time)
    {
        _body = body;
        _time = time;
        _storedAt = time.GetTimestamp();
        StatusCode = (int)message.StatusCode;
        var headers = new List<KeyValuePair<string, StringValues>>();
        ResponseHead.Forward(message, headers, static (all, name, values) => all.Add(new(name, values)));
        _ageThen = TakeAge(headers);
        _headers = [.. headers];
        Lifetime = new Lifetime(life, body.Length + headers.Sum(header => 2L * (header.Key.Length + header.Value.ToString().Length)));
    }

    public override int StatusCode { get; }

    internal override Lifetime Lifetime { get; }

    public override Task WriteToAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = StatusCode;
        var headers = response.Headers;
        foreach (var (name, values) in _headers)
        {
            headers[name] = values;
        }

        headers.Age = (_ageThen + (long)_time.GetElapsedTime(_storedAt).TotalSeconds).ToString(CultureInfo.InvariantCulture);
        headers.ContentLength = _body.Length;
        var write = response.BodyWriter.WriteAsync(_body, CancellationToken.None);
        return write.IsCompletedSuccessfully ? Task.CompletedTask : write.AsTask();
    }

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
