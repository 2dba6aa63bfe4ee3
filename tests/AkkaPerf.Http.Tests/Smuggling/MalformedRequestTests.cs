using AkkaPerf.Http.Hosting;
using AkkaPerf.Http.Proxying;
using CsCheck;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Smuggling;

public sealed class MalformedRequestTests
{
    private const string Token = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    [Theory]
    [InlineData("HTTP/1.1")]
    [InlineData("HTTP/2")]
    public void A_name_is_sound_if_it_is_a_token(string protocol) => Gen.Char['\0', '\u00ff'].Array[1, 8].Check(letters =>
    {
        var name = new string(letters);
        return MalformedRequest.Is(Asking(protocol, name, "1")) == letters.Any(letter => !Token.Contains(letter, StringComparison.Ordinal));
    });

    [Fact]
    public void A_value_over_http_2_is_sound_if_it_ends_no_line() => Gen.Char['\0', '\u00ff'].Array[0, 8].Check(letters =>
        MalformedRequest.Is(Asking("HTTP/2", "X-A", new string(letters))) == letters.Any(static letter => letter is '\r' or '\n' or '\0'));

    [Fact]
    public void A_length_is_a_number_to_nobody_unless_it_is_digits() => Gen.Byte.Array[0, 19].Check(bytes =>
    {
        var isDigits = bytes.All(static value => value is >= (byte)'0' and <= (byte)'9');
        return DigitsEncoding.Instance.GetString(bytes).All(char.IsAsciiDigit) == isDigits;
    });

    [Fact]
    public void A_target_never_changes_but_loses_its_authority_or_is_refused() => Gen.Char['!', '~'].Array[0, 12].Check(letters =>
    {
        var path = "/" + new string(letters);
        return RawTarget.ToOriginForm(path) == path
            && RawTarget.ToOriginForm("http://shop:80" + path) == (RawTarget.HasEncodedSlash(path) ? null : path)
            && RawTarget.ToOriginForm("http://user@shop" + path) is null;
    });

    private static DefaultHttpContext Asking(string protocol, string name, string value)
    {
        var context = new DefaultHttpContext();
        context.Request.Protocol = protocol;
        context.Request.Headers.Host = "shop";
        context.Request.Headers[name] = value;
        return context;
    }
}
