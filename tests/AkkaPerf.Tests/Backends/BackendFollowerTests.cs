using System.Collections.Concurrent;
using AkkaPerf.Backends;
using AkkaPerf.Tests.Caching.Distributed;
using AkkaPerf.Tests.Health;

namespace AkkaPerf.Tests.Backends;

public sealed class BackendFollowerTests : IAsyncDisposable
{
    private readonly RecordingTimeProvider _time = new();
    private readonly BackendDirectory _directory;
    private readonly ScriptedSource _source = new();
    private readonly ScriptedResolver _resolver = new();
    private readonly ConcurrentQueue<string> _warnings = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _following = Task.CompletedTask;

    public BackendFollowerTests() => _directory = new BackendDirectory(_time, unknownIsEligible: false);

    [Fact]
    public async Task Each_list_is_applied_and_what_others_brought_stays()
    {
        _directory.Add(Fleet.Options("fixed"));
        Follow(_source);
        await SayAsync("fixed a b", Fleet.Options("a"), Fleet.Options("b"));
        await SayAsync("fixed b c", Fleet.Options("b"), Fleet.Options("c"));
        await SayAsync("fixed");
        Assert.Empty(_warnings);
    }

    [Fact]
    public async Task A_weight_is_changed_in_place_and_what_a_hand_changed_lasts_until_the_sources_next_change()
    {
        Follow(_source);
        await SayAsync("a b", Fleet.Options("a"), Fleet.Options("b"));
        var a = _directory.Find("a");
        _directory.SetWeight("a", 7);
        _source.Say(Fleet.Options("a"), Fleet.Options("b"));
        await SayAsync("a b c", Fleet.Options("a", weight: 7), Fleet.Options("b"), Fleet.Options("c"));
        Assert.Same(a, _directory.Find("a"));
        Assert.Equal(7, _directory.Current.All[0].Weight);
        await SayAsync("a b", Fleet.Options("a", weight: 3), Fleet.Options("b"));
        Assert.Same(a, _directory.Find("a"));
        Assert.Equal(3, _directory.Current.All[0].Weight);
    }

    [Fact]
    public async Task A_list_that_a_source_gives_again_is_not_applied_over_a_hand()
    {
        Follow(_source);
        var list = new[] { Fleet.Options("a"), Fleet.Options("b") };
        await SayAsync("a b", list);
        _directory.Remove("a");
        _source.Say(list);
        await SayAsync("b c", Fleet.Options("b"), Fleet.Options("c"));
        Assert.Equal(3, _directory.Current.Version);
    }

    [Fact]
    public async Task A_failure_keeps_the_last_list_is_told_once_and_the_source_is_asked_anew_ever_more_rarely()
    {
        Follow(_source);
        await SayAsync("a", Fleet.Options("a"));
        for (var i = 1; i <= 7; i++)
        {
            var armed = _time.Armed.Count;
            _source.Fail(new IOException("no answer"));
            await Until.So(() => _time.Armed.Count > armed);
            var longest = TimeSpan.FromSeconds(Math.Min(30, 1 << (i - 1)));
            Assert.InRange(_time.LastArmed, longest / 2, longest);
            _time.Advance(_time.LastArmed);
            await Until.So(() => _source.Watched == i + 1);
        }

        Assert.Equal(["The backends of the script are not known; the last known ones stay."], _warnings);
        Assert.Equal("a", Ids());
        await SayAsync("a b", Fleet.Options("a"), Fleet.Options("b"));
        var before = _time.Armed.Count;
        _source.Fail(new IOException("again"));
        await Until.So(() => _time.Armed.Count > before);
        Assert.Equal(2, _warnings.Count);
        Assert.InRange(_time.LastArmed, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_list_that_is_not_valid_is_told_and_the_last_one_stays()
    {
        Follow(_source);
        await SayAsync("a", Fleet.Options("a"));
        _source.Say(Fleet.Options("b"), Fleet.Options("b"));
        _source.Say(Fleet.Options("b"), Fleet.Options("b"));
        await SayAsync("c", Fleet.Options("c"));
        Assert.Equal(["What the script says is not valid and was not applied."], _warnings);
    }

    [Fact]
    public async Task Ids_that_others_have_are_told_and_passed_over()
    {
        _directory.Add(Fleet.Options("a"));
        Follow(_source);
        await SayAsync("a b", Fleet.Options("a", weight: 5), Fleet.Options("b"));
        Assert.Equal(["Backends of the script have ids that others have already, and were passed over: a."], _warnings);
        await SayAsync("a b c", Fleet.Options("a", weight: 5), Fleet.Options("b"), Fleet.Options("c"));
        Assert.Single(_warnings);
        await SayAsync("a");
        await SayAsync("a", Fleet.Options("a", weight: 5));
        await Until.So(() => _warnings.Count == 2);
    }

    [Fact]
    public async Task What_was_passed_over_is_taken_in_once_its_id_is_free_and_is_the_sources_own_from_then_on()
    {
        _directory.Add(Fleet.Options("a"));
        Follow(_source);
        await SayAsync("a b", Fleet.Options("a", weight: 5), Fleet.Options("b"));
        await Until.So(() => _warnings.Count == 1);
        _directory.Remove("a");
        await Until.So(() => Ids() == "b a");
        Assert.Equal(5, _directory.Current.All[1].Weight);
        await SayAsync("b", Fleet.Options("b"));
    }

    [Fact]
    public async Task A_source_that_ends_leaves_its_last_list()
    {
        Follow(_source);
        await SayAsync("a", Fleet.Options("a"));
        _source.End();
        await _following.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(("a", 1), (Ids(), _source.Watched));
    }

    [Fact]
    public async Task Dns_gives_a_backend_per_address_by_the_name_it_was_found_by()
    {
        _resolver.Find("10.0.0.2", "10.0.0.1", "::ffff:10.0.0.1", "fe80::1");
        Follow(Dns("https://shop.test:8443/v1"));
        await Until.So(() => _directory.Current.All.Length == 3);
        Assert.Equal("shop.test", _resolver.Host);
        Assert.Equal(
            [
                ("shop-10.0.0.1", "https://10.0.0.1:8443/v1", "shop.test:8443", 3),
                ("shop-10.0.0.2", "https://10.0.0.2:8443/v1", "shop.test:8443", 3),
                ("shop-fe80--1", "https://[fe80::1]:8443/v1", "shop.test:8443", 3),
            ],
            _directory.Current.All.Select(status => (status.Backend.Id, status.Backend.Address.ToString(), status.Backend.Host, status.Weight)));
    }

    [Fact]
    public async Task Dns_is_asked_again_at_the_jittered_interval_and_the_difference_applied()
    {
        _resolver.Find("10.0.0.1", "10.0.0.2");
        Follow(Dns("http://shop.test"));
        await ArmedAsync(1);
        var kept = _directory.Find("shop-10.0.0.2");
        var waits = new List<TimeSpan>();
        for (var i = 2; i <= 20; i++)
        {
            waits.Add(_time.LastArmed);
            _resolver.Find("10.0.0.2", $"10.0.0.{i + 1}");
            _time.Advance(_time.LastArmed);
            await ArmedAsync(i);
        }

        Assert.All(waits, wait => Assert.InRange(wait, TimeSpan.FromSeconds(27), TimeSpan.FromSeconds(33)));
        Assert.True(waits.Distinct().Count() > 15);
        Assert.Equal("shop-10.0.0.2 shop-10.0.0.21", Ids());
        Assert.Same(kept, _directory.Find("shop-10.0.0.2"));
    }

    [Fact]
    public async Task Dns_that_fails_keeps_the_last_addresses_and_recovers()
    {
        _resolver.Find("10.0.0.1");
        Follow(Dns("http://shop.test"));
        await ArmedAsync(1);
        _resolver.Forget();
        _time.Advance(_time.LastArmed);
        await ArmedAsync(2);
        _time.Advance(_time.LastArmed);
        await ArmedAsync(3);
        Assert.Equal("shop-10.0.0.1", Ids());
        Assert.Equal(["The backends of DNS of shop.test are not known; the last known ones stay."], _warnings);
        _resolver.Find("10.0.0.9");
        _time.Advance(_time.LastArmed);
        await ArmedAsync(4);
        Assert.Equal("shop-10.0.0.9", Ids());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following.WaitAsync(TimeSpan.FromSeconds(10));
        _stop.Dispose();
        _directory.Dispose();
    }

    private DnsBackendSource Dns(string address)
    {
        var options = new BackendOptions { Id = "shop", Address = new Uri(address), Resolve = TimeSpan.FromSeconds(30), Weight = 3 };
        return new DnsBackendSource(options, _resolver, _time, new Random(5));
    }

    private void Follow(IBackendSource source)
    {
        var follower = new BackendFollower(_directory, source, _time, new Random(1), (what, _) => _warnings.Enqueue(what));
        _following = Task.Run(() => follower.RunAsync(_stop.Token));
    }

    private async Task SayAsync(string ids, params BackendOptions[] backends)
    {
        _source.Say(backends);
        await Until.So(() => Ids() == ids);
    }

    // One timer is the directory's own.
    private Task ArmedAsync(int nth) => Until.So(() => _time.Armed.Count == nth + 1);

    private string Ids() => string.Join(' ', _directory.Current.All.Select(status => status.Backend.Id));
}
