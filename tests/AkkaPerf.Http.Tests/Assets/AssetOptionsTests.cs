using System.ComponentModel.DataAnnotations;
using AkkaPerf.Http.Assets;

namespace AkkaPerf.Http.Tests.Assets;

public sealed class AssetOptionsTests
{
    [Fact]
    public void Defaults()
    {
        var options = new AssetOptions();
        Assert.Equal(("", "index.html"), (options.Directory, options.DefaultDocument));
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromSeconds(1)), (options.MaxAge, options.CheckInterval));
        Assert.Equal((256 * 1024, 64 * 1024 * 1024), (options.MaxFileInMemory, options.MaxMemory));
        Assert.Empty(FaultsOf(options));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("default.htm", true)]
    [InlineData(".hidden", false)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("a\\b", false)]
    [InlineData("a\0b", false)]
    public void A_document_is_the_name_of_a_file(string name, bool isValid) =>
        Assert.Equal(isValid ? [] : ["DefaultDocument"], FaultsOf(new AssetOptions { DefaultDocument = name }));

    [Theory]
    [InlineData("", true)]
    [InlineData("[0-9]", true)]
    [InlineData("(", false)]
    public void A_fingerprint_is_a_regular_expression(string pattern, bool isValid) =>
        Assert.Equal(isValid ? [] : ["Fingerprint"], FaultsOf(new AssetOptions { Fingerprint = pattern }));

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(365 * 24 * 3600, true)]
    [InlineData((365 * 24 * 3600) + 1, false)]
    public void An_age_has_a_range(int seconds, bool isValid) =>
        Assert.Equal(isValid ? [] : ["MaxAge"], FaultsOf(new AssetOptions { MaxAge = TimeSpan.FromSeconds(seconds) }));

    [Theory]
    [InlineData(-1, 1024 * 1024, "MaxFileInMemory")]
    [InlineData((64L * 1024 * 1024) + 1, 1024 * 1024, "MaxFileInMemory")]
    [InlineData(0, (1024 * 1024) - 1, "MaxMemory")]
    [InlineData(0, 1024 * 1024, "")]
    public void Memory_has_its_ranges(long file, long all, string fault) =>
        Assert.Equal(fault.Length == 0 ? [] : [fault], FaultsOf(new AssetOptions { MaxFileInMemory = file, MaxMemory = all }));

    [Fact]
    public void A_directory_is_there()
    {
        using var folder = new AssetFolder();
        Assert.Empty(FaultsOf(new AssetOptions { Directory = folder.Root }));
        Assert.Equal(["Directory"], FaultsOf(new AssetOptions { Directory = Path.Combine(folder.Root, "missing") }));
    }

    [Fact]
    public void A_pattern_that_takes_too_long_says_no() =>
        Assert.False(new FingerprintNames("^(a+)+$").Have(new string('a', 40) + "!"));

    private static IEnumerable<string> FaultsOf(AssetOptions options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        return results.SelectMany(result => result.MemberNames);
    }
}
