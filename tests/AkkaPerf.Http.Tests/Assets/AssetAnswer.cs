using System.Globalization;
using System.Text;

namespace AkkaPerf.Http.Tests.Assets;

/// <summary>An answer as it came over the wire.</summary>
internal sealed class AssetAnswer
{
    private readonly ILookup<string, string> _headers;

    private AssetAnswer(int status, ILookup<string, string> headers, string body)
    {
        Status = status;
        _headers = headers;
        Text = body;
    }

    public int Status { get; }

    /// <summary>The body, a character for a byte.</summary>
    public string Text { get; }

    public byte[] Body => Encoding.Latin1.GetBytes(Text);

    /// <summary>A header's lines; empty if it is not there.</summary>
    public string this[string name] => string.Join(", ", _headers[name.ToUpperInvariant()]);

    public static AssetAnswer Parse(string answer)
    {
        var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var lines = answer[..end].Split("\r\n");
        var headers = lines[1..].Select(line => line.Split(": ", 2)).ToLookup(pair => pair[0].ToUpperInvariant(), pair => pair[1]);
        return new AssetAnswer(int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers, answer[(end + 4)..]);
    }
}
