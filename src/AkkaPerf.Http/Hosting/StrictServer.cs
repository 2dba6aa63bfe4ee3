using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AkkaPerf.Http.Hosting;

/// <summary>Makes the server refuse what it would read in one of several ways, before anybody could look.</summary>
internal static class StrictServer
{
    private const string NoBareLineFeeds = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    /// <summary>A lone LF ends no line, unless the application has decided otherwise; for the whole process, which is all that the server offers.</summary>
    public static void RefuseBareLineFeeds()
    {
        if (!AppContext.TryGetSwitch(NoBareLineFeeds, out _))
        {
            AppContext.SetSwitch(NoBareLineFeeds, isEnabled: true);
        }
    }

    /// <summary>Names and values are bytes; a length is digits and nothing else, and headers that Connection names can be seen.</summary>
    public static void ReadBytes(KestrelServerOptions options)
    {
        options.RequestHeaderEncodingSelector = static name => name switch
        {
            "Content-Length" => DigitsEncoding.Instance,
            "Connection" => ConnectionEncoding.Instance,
            _ => Encoding.Latin1,
        };
        options.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
    }
}
