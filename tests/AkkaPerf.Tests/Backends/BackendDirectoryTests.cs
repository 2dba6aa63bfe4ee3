using AkkaPerf.Backends;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Backends;

public class BackendDirectoryTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly BackendDirectory _directory;

    public BackendDirectoryTests() => _directory = new BackendDirectory(_time, unknownIsEligible: false);

    [Fact]
    public void A_new_backend_is_unknown_and_gets_no_traffic_while_probing_is_on()
    {
        var backend = Add("a");
        var status = Assert.Single(_directory.Current.All);
        Assert.Same(backend, status.Backend);
        Assert.Equal(BackendHealth.Unknown, status.Health);
        Assert.Empty(_directory.Current.Eligible);
        Assert.False(_directory.Current.EveryoneHasVerdict);
    }

    [Fact]
    public void Backends_stand_in_the_order_in_which_they_came()
    {
        Add("b");
        Add("a");
        Add("c");
        Assert.Equal(["b", "a", "c"], _directory.Current.All.Select(status => status.Backend.Id));
    }

    [Fact]
    public void A_taken_id_is_refused_and_changes_nothing()
    {
        Add("a");
        var before = _directory.Current;
        Assert.Throws<ArgumentException>(() => Add("a"));
        Assert.Same(before, _directory.Current);
    }

    [Theory]
    [InlineData("", "http://a", 1)]
    [InlineData("a b", "http://a", 1)]
    [InlineData("a", null, 1)]
    [InlineData("a", "/relative", 1)]
    [InlineData("a", "http://a", -1)]
    [InlineData("a", "http://a", 1001)]
    public void Options_that_are_not_valid_are_refused(string id, string? address, int weight)
    {
        var options = new BackendOptions
        {
            Id = id,
            Address = address is null ? null : new Uri(address, UriKind.RelativeOrAbsolute),
            Weight = weight,
        };
        Assert.Throws<ArgumentException>(() => _directory.Add(options));
        Assert.Empty(_directory.Current.All);
    }

    [Fact]
    public void A_removed_backend_is_gone_and_its_id_is_free_again()
    {
        var first = Add("a");
        Assert.True(_directory.Remove("a"));
        Assert.Empty(_directory.Current.All);
        Assert.NotSame(first, Add("a"));
    }

    [Fact]
    public void Whoever_names_a_backend_that_is_not_there_is_told_so_and_nothing_changes()
    {
        Add("a");
        var before = _directory.Current;
        Assert.False(_directory.Remove("b"));
        Assert.False(_directory.Drain("b", draining: true));
        Assert.False(_directory.SetWeight("b", 2));
        Assert.Same(before, _directory.Current);
    }

    [Fact]
    public void A_drained_backend_gets_no_traffic_until_it_resumes()
    {
        AddHealthy("a");
        Assert.True(_directory.Drain("a", draining: true));
        Assert.Empty(_directory.Current.Eligible);
        Assert.Equal("drained by hand", _directory.Current.All[0].Cause);
        Assert.True(_directory.Drain("a", draining: false));
        Assert.Equal("a", Assert.Single(_directory.Current.Eligible).Backend.Id);
    }

    [Fact]
    public void Draining_what_drains_already_is_no_change_even_after_a_verdict()
    {
        var backend = AddHealthy("a");
        _directory.Drain("a", draining: true);
        _directory.Judge(backend, ProbeVerdict.Down, "HTTP 503");
        var before = _directory.Current;
        Assert.True(_directory.Drain("a", draining: true));
        Assert.Same(before, _directory.Current);
    }

    [Fact]
    public void Weight_zero_gets_no_traffic()
    {
        AddHealthy("a");
        Assert.True(_directory.SetWeight("a", 0));
        Assert.Empty(_directory.Current.Eligible);
        Assert.True(_directory.SetWeight("a", 1000));
        Assert.Equal(1000, Assert.Single(_directory.Current.Eligible).Weight);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1001)]
    public void A_weight_out_of_range_is_refused(int weight)
    {
        Add("a");
        Assert.Throws<ArgumentOutOfRangeException>(() => _directory.SetWeight("a", weight));
    }

    [Fact]
    public void A_verdict_is_published_with_its_cause_and_time()
    {
        var backend = Add("a");
        _time.Advance(TimeSpan.FromSeconds(7));
        Assert.True(_directory.Judge(backend, ProbeVerdict.Down, "HTTP 503"));
        var status = _directory.Current.All[0];
        Assert.Equal((BackendHealth.Unhealthy, "HTTP 503", _time.GetUtcNow()), (status.Health, status.Cause, status.ChangedAt));
    }

    [Fact]
    public void The_same_verdict_again_is_no_change()
    {
        var backend = AddHealthy("a");
        var before = _directory.Current;
        Assert.False(_directory.Judge(backend, ProbeVerdict.Up, "another cause"));
        Assert.Same(before, _directory.Current);
    }

    [Fact]
    public void A_verdict_on_a_removed_backend_never_hits_its_namesake()
    {
        var removed = Add("a");
        _directory.Remove("a");
        Add("a");
        Assert.False(_directory.Judge(removed, ProbeVerdict.Up, "late"));
        Assert.Equal(BackendHealth.Unknown, _directory.Current.All[0].Health);
    }

    [Fact]
    public void Every_change_is_raised_once_with_its_set()
    {
        var raised = new List<BackendSet>();
        _directory.Changed += raised.Add;
        AddHealthy("a");
        _directory.Drain("a", draining: true);
        _directory.Remove("a");
        Assert.Equal([1, 2, 3, 4], raised.Select(set => set.Version));
        Assert.Same(_directory.Current, raised[^1]);
    }

    [Fact]
    public void A_burst_of_verdicts_on_many_backends_makes_few_sets_and_loses_none()
    {
        var backends = _directory.Update([.. Enumerable.Range(0, 2000).Select(static i => Fleet.Options($"b{i}"))], []);
        var sets = 0;
        _directory.Changed += _ => sets++;
        _time.Advance(TimeSpan.FromSeconds(1));
        foreach (var backend in backends)
        {
            Assert.True(_directory.Judge(backend, ProbeVerdict.Up, "up"));
            _time.Advance(TimeSpan.FromMicroseconds(50));
        }

        // 4 ms lie between two of them at least, and the burst took 100 ms.
        _time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.InRange(sets, 2, 30);
        Assert.Equal(2000, _directory.Current.Eligible.Length);
        Assert.True(_directory.Current.EveryoneHasVerdict);
        Assert.All(backends, static backend => Assert.Equal(BackendHealth.Healthy, backend.Health));
    }

    [Fact]
    public void What_a_hand_does_is_published_at_once_together_with_what_has_waited()
    {
        var backends = _directory.Update([.. Enumerable.Range(0, 2000).Select(static i => Fleet.Options($"b{i}"))], []);
        Assert.True(_directory.Judge(backends[0], ProbeVerdict.Up, "up"));
        Assert.Empty(_directory.Current.Eligible);
        Assert.True(_directory.Drain("b1", draining: true));
        Assert.Same(backends[0], Assert.Single(_directory.Current.Eligible).Backend);
        Assert.Equal(BackendHealth.Draining, _directory.Current.All[1].Health);
    }

    [Fact]
    public void Slow_starts_that_began_at_different_moments_go_up_together()
    {
        using var directory = new BackendDirectory(_time, new HealthRules { SlowStart = TimeSpan.FromSeconds(10) }, new Random(1));
        var backends = directory.Update([.. Enumerable.Range(0, 20).Select(static i => Fleet.Options($"b{i}"))], []);
        Judge(ProbeVerdict.Up, TimeSpan.Zero);
        _time.Advance(TimeSpan.FromSeconds(20));
        Judge(ProbeVerdict.Down, TimeSpan.Zero);
        Judge(ProbeVerdict.Up, TimeSpan.FromMilliseconds(41));
        Assert.All(directory.Current.All.Skip(1), static status => Assert.Equal(10, status.Ramp));

        var sets = 0;
        directory.Changed += _ => sets++;
        for (var i = 0; i < 1100; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.InRange(sets, 9, 10);
        Assert.All(directory.Current.All, static status => Assert.Equal(100, status.Ramp));

        void Judge(ProbeVerdict verdict, TimeSpan pause)
        {
            // The first one stays up: without it nobody else would start slowly.
            foreach (var backend in backends.Where(backend => verdict == ProbeVerdict.Up || backend != backends[0]))
            {
                directory.Judge(backend, verdict, "probe");
                _time.Advance(pause);
            }
        }
    }

    [Fact]
    public void A_listener_may_change_the_directory()
    {
        _directory.Changed += set =>
        {
            if (set.Version == 1)
            {
                Add("b");
            }
        };
        Add("a");
        Assert.Equal(["a", "b"], _directory.Current.All.Select(status => status.Backend.Id));
    }

    [Fact]
    public async Task Concurrent_changes_lose_nothing_and_give_each_version_once()
    {
        const int Workers = 4;
        const int Each = 200;
        var versions = new System.Collections.Concurrent.ConcurrentBag<long>();
        _directory.Changed += set => versions.Add(set.Version);
        using var start = new Barrier(Workers + 1);
        using var stop = new CancellationTokenSource();
        var reader = Task.Run(() =>
        {
            start.SignalAndWait();
            for (var last = 0L; !stop.IsCancellationRequested;)
            {
                var version = _directory.Current.Version;
                Assert.True(version >= last, $"version {version} came after {last}");
                last = version;
            }
        });
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(() =>
        {
            start.SignalAndWait();
            for (var i = 0; i < Each; i++)
            {
                var backend = Add($"{worker}-{i}");
                _directory.Judge(backend, ProbeVerdict.Up, "up");
                if (i % 2 == 1)
                {
                    _directory.Remove(backend.Id);
                }
            }
        })));
        await stop.CancelAsync();
        await reader;

        const int Changes = Workers * Each * 5 / 2;
        Assert.Equal(Changes, _directory.Current.Version);
        Assert.Equal(Enumerable.Range(1, Changes).Select(version => (long)version), versions.Order());
        Assert.Equal(Workers * Each / 2, _directory.Current.Eligible.Length);
    }

    private Backend Add(string id) => _directory.Add(new BackendOptions { Id = id, Address = new Uri($"http://{id}.test") });

    private Backend AddHealthy(string id)
    {
        var backend = Add(id);
        _directory.Judge(backend, ProbeVerdict.Up, "up");
        return backend;
    }
}
