namespace AkkaPerf.ServiceDiscovery;

/// <summary>Names a backend after its service and address: the same address has the same id always.</summary>
internal static class BackendId
{
    private const int Longest = 100;
    private const int LongestName = 30;

    public static string Of(string service, Uri address)
    {
        var id = $"{service[..Math.Min(service.Length, LongestName)]}-{address.Host}-{address.Port}";
        return string.Create(Math.Min(id.Length, Longest), id, static (span, id) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                // Of what is too long the end tells more.
                var c = id[id.Length - span.Length + i];
                span[i] = char.IsAsciiLetterOrDigit(c) || c is '.' or '_' ? c : '-';
            }
        });
    }
}
