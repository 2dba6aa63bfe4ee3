using AkkaPerf.Exchanges;
using AkkaPerf.Pipeline;
using AkkaPerf.Tests.Layers;

namespace AkkaPerf.Tests.Pipeline;

public sealed class DeadlineTableTests
{
    private readonly StageHost _host = new();
    private readonly DeadlineTable _table = new();

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 500)]
    [InlineData(3, 1_000_000)]
    public void Hands_out_once_whoever_is_late_and_nobody_else_whatever_comes_and_goes(int seed, int deadlines)
    {
        var random = new Random(seed);
        var model = new Dictionary<Exchange, long>();
        for (var step = 0; step < 10_000; step++)
        {
            switch (random.Next(20))
            {
                case < 11 when step < 8_000:
                    var added = _host.NewExchange(deadline: random.Next(deadlines));
                    model.Add(added, added.Deadline);
                    _table.Add(added);
                    break;
                case < 19 when model.Count > 0:
                    var removed = model.Keys.ElementAt(random.Next(model.Count));
                    model.Remove(removed);
                    _table.Remove(removed);
                    Assert.Equal(-1, removed.DeadlinePlace);
                    break;
                default:
                    var now = random.Next(deadlines);
                    var late = LateAt(now);
                    Assert.Equal(model.Where(one => one.Value <= now).Select(static one => one.Key).ToHashSet(), late.ToHashSet());
                    Assert.Equal(late.Count, late.Distinct().Count());
                    late.ForEach(exchange => model[exchange] = exchange.Deadline);
                    break;
            }

            Assert.Equal(model.Count, _table.Count);
            Assert.True(model.Count == 0 || _table.Earliest <= model.Values.Min());
        }

        Assert.Equal(model.Keys.ToHashSet(), TakeAll().ToHashSet());
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void Those_who_come_while_the_late_ones_are_handed_out_find_room_though_there_is_none()
    {
        Exchange[] late = [.. Enumerable.Range(0, 64).Select(_ => _host.NewExchange(deadline: 5))];
        foreach (var exchange in late)
        {
            _table.Add(exchange);
        }

        var seen = new List<Exchange>();
        _table.ForLate(5, exchange =>
        {
            seen.Add(exchange);
            _table.Add(_host.NewExchange(deadline: 50 + seen.Count));
        });

        Assert.Equal(late, seen);
        Assert.Equal((128, 51), (_table.Count, _table.Earliest));
    }

    [Fact]
    public void All_are_taken_out_those_too_who_come_meanwhile_and_one_that_went_is_not()
    {
        var first = _host.NewExchange();
        var second = _host.NewExchange();
        var third = _host.NewExchange();
        _table.Add(first);
        _table.Add(second);

        var taken = new List<Exchange>();
        _table.TakeAll(exchange =>
        {
            taken.Add(exchange);
            _table.Remove(exchange);
            if (exchange == first)
            {
                _table.Remove(second);
                _table.Add(third);
            }
        });

        Assert.Equal([first, third], taken);
        Assert.Equal(0, _table.Count);
    }

    [Fact]
    public void Is_told_when_the_next_is_late_once_the_late_ones_have_been_handed_out()
    {
        var gone = _host.NewExchange(deadline: 10);
        _table.Add(gone);
        _table.Add(_host.NewExchange(deadline: 30));
        _table.Add(_host.NewExchange(deadline: 20));
        _table.Remove(gone);

        Assert.Empty(LateAt(10));
        Assert.Equal(20, _table.Earliest);

        // Handed out, it is late no more.
        Assert.Equal(long.MaxValue, Assert.Single(LateAt(25)).Deadline);
        Assert.Equal(30, _table.Earliest);

        Assert.Single(LateAt(30));
        Assert.Equal(long.MaxValue, _table.Earliest);
    }

    [Fact]
    public void A_late_one_that_goes_as_it_is_handed_out_and_one_that_comes_then_disturb_nobody()
    {
        Exchange[] late = [.. Enumerable.Range(0, 200).Select(_ => _host.NewExchange(deadline: 5))];
        var came = new List<Exchange>();
        foreach (var exchange in late)
        {
            _table.Add(exchange);
        }

        var seen = new List<Exchange>();
        _table.ForLate(5, exchange =>
        {
            seen.Add(exchange);
            _table.Remove(exchange);
            came.Add(_host.NewExchange(deadline: 50));
            _table.Add(came[^1]);
        });

        Assert.Equal(late, seen);
        Assert.Equal(50, _table.Earliest);
        Assert.Equal(came.ToHashSet(), TakeAll().ToHashSet());
    }

    [Fact]
    public void Taking_out_what_is_not_in_it_changes_nothing()
    {
        _table.Add(_host.NewExchange());

        _table.Remove(_host.NewExchange());

        Assert.Equal(1, _table.Count);
    }

    private List<Exchange> TakeAll()
    {
        var taken = new List<Exchange>();
        _table.TakeAll(taken.Add);
        return taken;
    }

    private List<Exchange> LateAt(long now)
    {
        var late = new List<Exchange>();
        _table.ForLate(now, late.Add);
        return late;
    }
}
