using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching;

public sealed class L1OptionsTests
{
    [Fact]
    public void Defaults()
    {
        var options = new L1Options();

        Assert.Equal((10_000, L1Store.Native, 256L << 20), (options.Capacity, options.Store, options.MaxBytes));
    }

    [Theory]
    [InlineData("Capacity", "1")]
    [InlineData("Capacity", "100000000")]
    [InlineData("MaxBytes", "1024")]
    [InlineData("MaxBytes", "1099511627776")]
    [InlineData("Store", "Native")]
    [InlineData("Store", "MemoryCache")]
    public Task Valid(string option, string value) => OptionsFaults.AssertTakenAsync("L1." + option, value);

    [Theory]
    [InlineData("Capacity", "0", "1 and 100000000")]
    [InlineData("Capacity", "100000001", "1 and 100000000")]
    [InlineData("MaxBytes", "1023", "1024 and 1099511627776")]
    [InlineData("MaxBytes", "1099511627777", "1024 and 1099511627776")]
    public Task Invalid(string option, string value, string allowed) => OptionsFaults.AssertRefusedAsync("L1." + option, value, allowed);
}
