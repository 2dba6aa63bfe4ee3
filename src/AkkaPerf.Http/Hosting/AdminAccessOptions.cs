using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Http.Hosting;

/// <summary>Who may ask the admin endpoints.</summary>
public class AdminAccessOptions
{
    /// <summary>What everybody must show but those who ask for health, as a bearer token or as the password of basic authentication; default empty = nothing.</summary>
    [DataType(DataType.Password)]
    [RegularExpression("[!-~]{16,200}", ErrorMessage = "must be 16 to 200 visible ASCII characters, or empty")]
    public string Token { get; set; } = "";

    /// <summary>Names by which the listener may be asked beside localhost, loopback and its own address; without ports.</summary>
    public IList<string> Hosts { get; set; } = [];

    /// <summary>How many tags, prefixes and whole caches may be purged a second, ten seconds' worth at once, before 429; 0 to 100,000, default 100, 0 = no limit.</summary>
    [Range(0, 100_000)]
    public int PurgeRate { get; set; } = 100;
}
