using AkkaPerf.Hosting;

namespace AkkaPerf.Tests.Hosting;

public sealed class SyntaxTests
{
    [Theory]
    [InlineData("akkaperf {\n pipeline {\n }", 3, "the brace opened in line 1 is never closed")]
    [InlineData("akkaperf { }\n}", 2, "expected a key instead of '}'")]
    [InlineData("{ akkaperf { } }\nx = 1", 2, "unexpected 'x' after the end of the root object")]
    [InlineData("a = [\n 1,\n 2", 3, "the bracket opened in line 1 is never closed")]
    [InlineData("a = [1]]", 1, "unexpected ']'")]
    [InlineData("a = [, 1]", 1, "'a[0]' has no value")]
    [InlineData("a = [{ x = 1 } { x = 2 }]", 1, "a comma or a new line is missing between two objects")]
    [InlineData("a { b 1 }", 1, "expected '=' or '{' after the key 'a.b'")]
    [InlineData("a =\nb = 1", 2, "unexpected '=': a value with this character needs quotation marks")]
    [InlineData("a { b = }", 1, "'a.b' has no value")]
    [InlineData("a", 1, "expected '=' or '{' after the key 'a'")]
    [InlineData("a. = 1", 1, "expected a key instead of ' '")]
    [InlineData("a..b = 1", 1, "expected a key instead of '.'")]
    [InlineData("= 1", 1, "expected a key instead of '='")]
    [InlineData("a = \"x\nb = 1", 1, "a quotation mark is never closed")]
    [InlineData("a = \"x\\", 1, "a quotation mark is never closed")]
    [InlineData("a = \"\"\"x", 1, "a triple quotation mark is never closed")]
    [InlineData("a = \"\"\"x\n\n\"\"\"\nb", 4, "expected '=' or '{' after the key 'b'")]
    [InlineData("a = http://x:80", 1, "unexpected ':': a value with this character needs quotation marks")]
    [InlineData("a { b = 1 }, c = 2", 1, "a comma may not follow the closing brace of 'key { }'")]
    [InlineData("a += 1", 1, "'+=' is not supported")]
    [InlineData("include \"x.conf\"", 1, "'include' is not supported: give both files as overlays")]
    [InlineData("a = 1 { b = 2 }", 1, "'a' joins an object or a list with something else")]
    [InlineData("a = [1] x", 1, "'a' joins an object or a list with something else")]
    [InlineData("a = $b", 1, "expected '{' after '$'")]
    [InlineData("a = ${b", 1, "a substitution is never closed")]
    [InlineData("a = ${?b}", 1, "'${?b}' is no substitution that is supported")]
    [InlineData("x = 1\na = ${a}", 2, "the substitution ${a} leads back to itself")]
    [InlineData("a { b = ${a} }", 1, "the substitution ${a} leads back to itself")]
    [InlineData("a = ${b}\nb = [${c}]\nc = ${a.x}", 1, "the substitution ${b} leads back to itself")]
    [InlineData("\0", 1, "expected")]
    public void Malformed_text_is_a_fault_with_its_line(string hocon, int line, string problem)
    {
        var faults = ConfigurationSource.FromText("user.hocon", hocon).Faults;

        Assert.StartsWith($"user.hocon, line {line}: {problem}", Assert.Single(faults).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a = ${nothing}")]
    [InlineData("a = \"\\q\"")]
    public void What_only_akkas_parser_refuses_is_a_fault_too(string hocon) =>
        Assert.StartsWith("user.hocon: ", Assert.Single(Given.Hocon(hocon).Faults).ToString(), StringComparison.Ordinal);

    [Fact]
    public void Nesting_is_bounded() =>
        Assert.Contains("nested deeper than 50 levels", Assert.Single(Given.Hocon(string.Concat(Enumerable.Repeat("a{", 100_000))).Faults).Problem, StringComparison.Ordinal);

    [Theory]
    [InlineData("akkaperf.pipeline.timeout = 5s")]
    [InlineData("{ akkaperf { pipeline { timeout = 5s } } }")]
    [InlineData("akkaperf : { pipeline : { \"timeout\" : \"5s\" } }")]
    [InlineData("akkaperf { pipeline = { timeout = 5s }, pipelines { } }")]
    [InlineData("# comment\nakkaperf.pipeline { // comment\n timeout = 5s # comment\n }\r\n")]
    [InlineData("akkaperf.pipeline\n{\n  timeout =\n 5 seconds\n}")]
    [InlineData("akkaperf.pipeline.timeout = 1s\nakkaperf.pipeline.timeout = 5s")]
    [InlineData("short = 5s\nakkaperf.pipeline.timeout = ${short}")]
    [InlineData("number = 5\nakkaperf.pipeline.timeout = ${number}s")]
    [InlineData("base { timeout = 5s }\nakkaperf.pipeline = ${base}")]
    [InlineData("akkaperf.pipeline.timeout = \"\"\"5s\"\"\"")]
    [InlineData("akka { loglevel = INFO }\nakkaperf.pipeline.timeout = 5000000 micros")]
    public void Dialect_of_akka_is_understood(string hocon) =>
        Assert.Equal(TimeSpan.FromSeconds(5), Given.Configuration(Given.Hocon(hocon)).Bind("shop").Value.Timeout);

    [Theory]
    [InlineData("[{ id = a, address = \"http://a\" }, { id = b, address = \"http://b\" }]")]
    [InlineData("[\n{ id = a, address = \"http://a\" }\n{ id = b, address = \"http://b\" }\n]")]
    [InlineData("[{ id = a\n address = \"http://a\" }, # one\n { id = b, address = \"http://b\" }, ]")]
    public void Lists_are_separated_by_commas_or_lines(string backends)
    {
        var bound = Given.Configuration(Given.Hocon($"akkaperf.pipeline.backends = {backends}")).Bind("shop");

        Assert.Equal(["a", "b"], bound.Value.Backends.Select(backend => backend.Id));
    }
}
