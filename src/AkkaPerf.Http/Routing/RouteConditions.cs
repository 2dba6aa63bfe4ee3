using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Routing;

/// <summary>What a route asks of headers and query besides host, path and method; as metadata of its endpoint.</summary>
internal sealed class RouteConditions
{
    private readonly ValueMatch[] _headers;
    private readonly ValueMatch[] _query;

    public RouteConditions(IEnumerable<ValueMatchOptions> headers, IEnumerable<ValueMatchOptions> query)
    {
        _headers = [.. headers.Select(options => new ValueMatch(options))];
        _query = [.. query.Select(options => new ValueMatch(options))];
    }

    /// <summary>How many there are: who asks for more goes first.</summary>
    public int Count => _headers.Length + _query.Length;

    public bool Hold(HttpRequest request)
    {
        foreach (var header in _headers)
        {
            if (!header.Fits(request.Headers[header.Name]))
            {
                return false;
            }
        }

        foreach (var parameter in _query)
        {
            if (!parameter.Fits(request.Query[parameter.Name]))
            {
                return false;
            }
        }

        return true;
    }
}
