using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Routing;
using CsCheck;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Proxying;

/// <summary>What holds for whatever stands in the fields that the proxy itself reads.</summary>
public sealed class FieldPropertyTests
{
    private static readonly Gen<string> Item = Gen.OneOf("close", "Keep-Alive", "upgrade", "X-A", "x-b", "TE", "Host", "Content-Length", "", " ", "\t", "a b", "\u00e9", "Via");

    private static readonly Gen<string> Line = Item.Array[0, 6].Select(static items => string.Join(',', items));

    private static readonly Gen<string> Text = Gen.Char["0123456789+-, \t()1.edgEDG/\u00e9"].Array[0, 12].Select(static letters => new string(letters));

    [Fact]
    public void Whatever_Connection_says_it_names_nothing_any_more_once_that_is_taken_out() => Line.Array[0, 3].Check(lines =>
    {
        IHeaderDictionary headers = new HeaderDictionary { ["Host"] = "shop", ["X-A"] = "1", ["X-B"] = "2", ["X-C"] = "3", ["Connection"] = lines };
        var named = lines.SelectMany(static line => line.Split(',')).Select(static name => name.Trim(' ', '\t')).ToHashSet(StringComparer.OrdinalIgnoreCase);
        HopByHop.Strip(headers);
        Assert.Equal(!named.Contains("X-A"), headers.ContainsKey("X-A"));
        Assert.Equal(!named.Contains("X-B"), headers.ContainsKey("X-B"));
        Assert.True(headers.ContainsKey("X-C") && headers.ContainsKey("Host"));
        Assert.DoesNotContain("X-", headers.Connection.ToString(), StringComparison.OrdinalIgnoreCase);
    }, iter: 20_000);

    [Fact]
    public void A_connection_header_is_read_as_its_bytes_and_tells_the_server_both_if_it_names_others() => Line.Check(line =>
    {
        var read = ConnectionEncoding.Instance.GetString(System.Text.Encoding.Latin1.GetBytes(line));
        var names = line.Split(',').Select(static name => name.Trim()).Any(static name => name.Length > 0 && name.ToUpperInvariant() is not ("CLOSE" or "KEEP-ALIVE" or "UPGRADE" or "TE"));
        Assert.Equal(names ? "keep-alive, close, " + line : line, read, ignoreCase: true);
    }, iter: 20_000);

    [Fact]
    public void A_hop_of_our_own_is_found_wherever_it_stands() => Gen.Select(Text.Array[0, 3], Text.Array[0, 3]).Check((before, after) =>
    {
        var via = new ViaHeader("edge-1");
        var request = new DefaultHttpContext().Request;
        request.Protocol = "HTTP/1.1";
        request.Headers.Via = string.Join(',', before.Append("1.1 Edge-1").Concat(after));
        Assert.False(via.TryAdd(request));
        request.Headers.Via = string.Join(',', before.Concat(after));
        Assert.True(via.TryAdd(request));
        Assert.False(via.TryAdd(request));
    }, iter: 20_000);

    [Fact]
    public void Forwards_are_counted_down_if_they_are_a_number_and_stay_as_they_are_if_not() => Text.Check(text =>
    {
        using var message = new HttpRequestMessage();
        message.Headers.TryAddWithoutValidation("Max-Forwards", text);
        MaxForwards.CountDown("OPTIONS", message.Headers);
        var left = message.Headers.NonValidated["Max-Forwards"].ToString();
        var isNumber = text.Length > 0 && text.All(char.IsAsciiDigit) && text.Any(static digit => digit != '0');
        Assert.Equal(isNumber ? $"{long.Parse(text, System.Globalization.CultureInfo.InvariantCulture) - 1}" : text, left);
    }, iter: 20_000);

    [Fact]
    public void A_network_reads_as_it_is_written_or_not_at_all() => Gen.Char["0123456789./:af"].Array[1, 12].Check(letters =>
    {
        var text = new string(letters);
        if (ForwardedRules.TryParse(text, out var network) && !text.Contains(':', StringComparison.Ordinal))
        {
            // Four plain numbers and nothing else; the part that the prefix leaves out does not count.
            var address = text.Split('/')[0];
            Assert.Equal(address, string.Join('.', address.Split('.').Select(static part => $"{int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)}")));
            Assert.Equal(4, address.Split('.').Length);
            Assert.True(network.Contains(System.Net.IPAddress.Parse(address)));
        }
    }, iter: 200_000);
}
