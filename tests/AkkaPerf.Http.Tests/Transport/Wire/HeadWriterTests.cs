using System.Text;
using AkkaPerf.Http.Transport.Wire;
using CsCheck;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Tests.Transport.Wire;

public sealed class HeadWriterTests
{
    [Fact]
    public void No_name_or_value_ends_its_line() => Gen.Select(Gen.String[Gen.Char["aZ-:\r\n\0 \u00e4\u0a0d\u010a"], 0, 8], Gen.String[Gen.Char["aZ-:\r\n\0 \u00e4\u0a0d\u010a"], 0, 8]).Check((name, value) =>
    {
        var (text, isFaulty) = Write(name, value);
        var isSound = name.Length > 0 && name.All(static one => one is 'a' or 'Z' or '-') && value.All(static one => one is not ('\r' or '\n' or '\0') && one < 256);
        Assert.Equal(isSound, !isFaulty);
        if (isSound)
        {
            Assert.Equal($"{name}: {value}\r\n", text);
        }
    }, iter: 5_000);

    [Theory]
    [InlineData("/a?b=%20", true)]
    [InlineData("/a b", false)]
    [InlineData("/a\r\nX: 1", false)]
    [InlineData("/\u00e4", false)]
    [InlineData("/a#b", false)]
    [InlineData("/a\u007f", false)]
    public void A_target_is_visible_ascii(string target, bool isSound)
    {
        var writer = new HeadWriter();
        writer.WriteTarget(target);
        Assert.Equal(isSound, !writer.IsFaulty);
    }

    [Theory]
    [InlineData("Cookie", "a; b")]
    [InlineData("User-Agent", "a b")]
    [InlineData("X-A", "a, b")]
    public void Several_lines_become_one(string name, string expected) => Assert.Equal($"{name}: {expected}\r\n", Write(name, new StringValues(["a", "b"])).Text);

    [Fact]
    public void A_long_head_is_written_whole()
    {
        var value = new string('x', 10_000);
        Assert.Equal($"X-A: {value}\r\n", Write("X-A", value).Text);
    }

    private static (string Text, bool IsFaulty) Write(string name, StringValues values)
    {
        var writer = new HeadWriter();
        writer.WriteField(name, values);
        return (Encoding.Latin1.GetString(writer.Take()), writer.IsFaulty);
    }
}
