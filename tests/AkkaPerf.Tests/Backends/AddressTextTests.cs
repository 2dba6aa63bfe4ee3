using AkkaPerf.Backends;

namespace AkkaPerf.Tests.Backends;

public sealed class AddressTextTests
{
    [Theory]
    [InlineData("http://127.0.0.1:9001", "http://127.0.0.1:9001")]
    [InlineData("http://127.0.0.1:9001/a@b", "http://127.0.0.1:9001/a@b")]
    [InlineData("http://me:secret@127.0.0.1:9001", "http://***@127.0.0.1:9001")]
    [InlineData("http://me@127.0.0.1:9001", "http://***@127.0.0.1:9001")]
    [InlineData("http://me:secret@127.0.0.1:9001/a@b", "http://***@127.0.0.1:9001/a@b")]
    [InlineData("tcp://me:sec@ret@127.0.0.1:9001", "tcp://***@127.0.0.1:9001")]
    [InlineData("http://me:se/cr@et@127.0.0.1", "http://***@127.0.0.1")]
    [InlineData("http://me:secret@127.0.0.1:99999", "http://***@127.0.0.1:99999")]
    [InlineData("me:secret@127.0.0.1:9001", "***@127.0.0.1:9001")]
    [InlineData("nonsense", "nonsense")]
    [InlineData("", "")]
    public void An_address_is_shown_without_its_user_and_password(string address, string shown) => Assert.Equal(shown, AddressText.Mask(address));
}
