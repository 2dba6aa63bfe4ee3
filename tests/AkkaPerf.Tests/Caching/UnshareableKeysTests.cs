using AkkaPerf.Caching;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Caching;

public sealed class UnshareableKeysTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly UnshareableKeys _keys;

    public UnshareableKeysTests() => _keys = new UnshareableKeys(_time);

    [Fact]
    public void A_key_is_remembered_for_ten_seconds()
    {
        _keys.Add("a");
        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.True(_keys.Contains("a"));

        _time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.False(_keys.Contains("a"));
    }

    [Fact]
    public void A_key_that_is_added_again_lives_on()
    {
        _keys.Add("a");
        _time.Advance(TimeSpan.FromSeconds(6));
        _keys.Add("a");
        _time.Advance(TimeSpan.FromSeconds(6));

        _keys.Add("b");

        Assert.True(_keys.Contains("a"));
        Assert.Equal(2, _keys.Count);
    }

    [Fact]
    public void Ever_new_keys_do_not_make_it_grow()
    {
        for (var i = 0; i < 50_000; i++)
        {
            _keys.Add($"key {i}");
        }

        Assert.Equal(10_000, _keys.Count);
        Assert.False(_keys.Contains("key 0"));
        Assert.True(_keys.Contains("key 49999"));
    }

    [Fact]
    public void A_removed_key_is_forgotten()
    {
        _keys.Add("a");
        _keys.Remove("a");

        Assert.False(_keys.Contains("a"));
    }
}
