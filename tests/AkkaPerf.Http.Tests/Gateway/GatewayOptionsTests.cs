using AkkaPerf.Gateway;
using AkkaPerf.Hosting;

namespace AkkaPerf.Http.Tests.Gateway;

public sealed class GatewayOptionsTests
{
    [Fact]
    public void Reference_has_every_key_of_the_options_and_their_defaults()
    {
        var reference = HoconBinder.Bind<GatewayOptions>(new ConfigurationStack([ConfigurationSource.Reference]), "gateway");
        var alone = HoconBinder.Bind<GatewayOptions>(new ConfigurationStack([]), "gateway");
        Assert.Empty(reference.Faults);
        Assert.All(reference.Settings, setting => Assert.StartsWith("reference", setting.Source, StringComparison.Ordinal));
        Assert.Equivalent(alone.Value, reference.Value, strict: true);
    }

    [Theory]
    [InlineData("http://127.0.0.1:0", true)]
    [InlineData("http://[::1]:8080", true)]
    [InlineData("http://0.0.0.0:80", true)]
    [InlineData("http://localhost:8080", true)]
    [InlineData("http://localhost:0", false)]
    [InlineData("https://127.0.0.1:443", true)]
    [InlineData("h2c://127.0.0.1:8082", true)]
    [InlineData("h2c://127.0.0.1", false)]
    [InlineData("ftp://127.0.0.1:21", false)]
    [InlineData("http://shop.example:80", false)]
    [InlineData("http://127.0.0.1:80/path", false)]
    [InlineData("http://127.0.0.1:80/#fragment", false)]
    [InlineData("http://me:secret@127.0.0.1:80", false)]
    public void A_listener_is_an_address_of_this_machine(string address, bool isListenable) =>
        Assert.Equal(isListenable, AddressRules.ListenerProblem(new Uri(address)) is null);
}
