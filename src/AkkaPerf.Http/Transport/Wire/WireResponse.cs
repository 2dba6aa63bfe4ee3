using AkkaPerf.Http.Client;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Transport.Wire;

/// <summary>A response that came in plain HTTP/1.1.</summary>
internal sealed class WireResponse : BackendResponse
{
    private static readonly Version Http11 = new(1, 1);
    private static readonly Version Http10 = new(1, 0);

    private readonly WireHead _head;
    private readonly WireBody _body;
    private Stream? _between;

    public WireResponse(WireHead head, bool isHead, WireConnection connection, WirePool pool)
    {
        _head = head;
        _body = new WireBody(head, isHead || head.StatusCode is 204 or 304, connection, pool);
    }

    public override int StatusCode => _head.StatusCode;

    public override string? Reason => _head.Reason;

    public override Version Version => _head.IsHttp10 ? Http10 : Http11;

    public override long? ContentLength => _head.Length;

    public override bool IsDelimited => _head.IsChunked || _head.Length is not null || _head.StatusCode == StatusCodes.Status204NoContent;

    public override Stream Body
    {
        get => _between ?? _body;
        set => _between = value;
    }

    public override StringValues this[string name] => _head.Fields.ValuesOf(name);

    public override void WriteTo(IHeaderDictionary headers)
    {
        foreach (ref readonly var field in _head.Fields.All)
        {
            if (field.IsForwarded)
            {
                headers[field.Name] = field.Values;
            }
        }
    }

    public override List<KeyValuePair<string, StringValues>> Forwarded()
    {
        var fields = new List<KeyValuePair<string, StringValues>>(_head.Fields.Count);
        foreach (ref readonly var field in _head.Fields.All)
        {
            if (field.IsForwarded)
            {
                fields.Add(new(field.Name, field.Values));
            }
        }

        return fields;
    }

    public override KeyValuePair<string, StringValues>[] Trailers() => _body.Trailers;

    public override void CopyTo(HttpResponseMessage answer)
    {
        foreach (ref readonly var field in _head.Fields.All)
        {
            ResponseMessages.Add(answer, field.Name, field.Values);
        }
    }

    public override bool TryTakeWhole(out ArraySegment<byte> body)
    {
        body = default;
        return _between is null && _body.TryTakeWhole(out body);
    }

    public override void Dispose()
    {
        _between?.Dispose();
        _body.Dispose();
    }
}
