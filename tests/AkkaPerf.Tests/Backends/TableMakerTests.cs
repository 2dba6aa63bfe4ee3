using System.Collections.Concurrent;
using System.Collections.Immutable;
using AkkaPerf.Backends;
using AkkaPerf.Tests.Caching.Distributed;

namespace AkkaPerf.Tests.Backends;

public sealed class TableMakerTests : IDisposable
{
    // So many that tables are made in the background.
    private static readonly ImmutableArray<(Backend Backend, int Weight)> All =
        [.. Enumerable.Range(0, 513).Select(static i => (Fleet.NewBackend($"b{i}"), 1))];

    private readonly ConcurrentQueue<BackendMembers> _begun = new();
    private readonly SemaphoreSlim _mayEnd = new(0);
    private readonly Func<BackendMembers, Table> _build;

    public TableMakerTests() => _build = Build;

    public void Dispose() => _mayEnd.Dispose();

    [Fact]
    public async Task Of_members_that_come_while_a_table_is_made_only_the_last_get_one()
    {
        var first = new BackendMembers(All, before: null);
        Assert.Null(first.Table(_build));
        await Until.So(() => _begun.Count == 1);
        var later = Followers(first, 10);
        Assert.All(later, members => Assert.Null(members.Table(_build)));
        Assert.Null(later[3].Table(_build));
        Assert.Null(first.Table(_build));

        _mayEnd.Release(20);
        await Until.So(() => later[^1].Table(_build)?.Of == later[^1]);

        Assert.Same(later[^1], later[3].Table(_build)!.Of);
        var last = Followers(later[^1], 1)[0];
        await Until.So(() => last.Table(_build)!.Of == last);
        Assert.Equal([first, later[^1], last], _begun);
    }

    [Fact]
    public async Task What_was_made_last_serves_until_the_next_is_made_though_its_members_have_gone()
    {
        var first = new BackendMembers(All, before: null);
        Assert.Null(first.Table(_build));
        await Until.So(() => _begun.Count == 1);
        var later = Followers(first, 2);
        Assert.Null(later[1].Table(_build));

        _mayEnd.Release();
        await Until.So(() => _begun.Count == 2);
        Assert.Same(first, later[1].Table(_build)!.Of);
        _mayEnd.Release();
        await Until.So(() => later[1].Table(_build)!.Of == later[1]);

        var last = Followers(later[1], 1)[0];
        Assert.Same(later[1], last.Table(_build)!.Of);
        _mayEnd.Release();
        await Until.So(() => last.Table(_build)!.Of == last);
    }

    [Fact]
    public async Task A_table_of_another_kind_takes_the_place_of_none()
    {
        var first = new BackendMembers(All, before: null);
        _mayEnd.Release(10);
        await Until.So(() => first.Table(_build)?.Of == first);
        var last = Followers(first, 1)[0];
        Assert.Equal(last.All.Length, last.Build(static members => new Other(members.All.Length)).Count);
        Assert.Contains(last.Table(_build)!.Of, new[] { first, last });
        await Until.So(() => last.Table(_build)!.Of == last);
    }

    private static List<BackendMembers> Followers(BackendMembers first, int count)
    {
        var all = new List<BackendMembers>();
        for (var i = 0; i < count; i++)
        {
            all.Add(new BackendMembers(All, all.LastOrDefault() ?? first));
        }

        return all;
    }

    private Table Build(BackendMembers members)
    {
        _begun.Enqueue(members);
        _mayEnd.Wait();
        return new Table(members);
    }

    private sealed record Table(BackendMembers Of);

    private sealed record Other(int Count);
}
