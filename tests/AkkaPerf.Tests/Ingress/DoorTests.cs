using AkkaPerf.Exchanges;
using AkkaPerf.Ingress;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Ingress;

public sealed class DoorTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Door _door;

    public DoorTests() => _door = new Door(new IngressOptions { Capacity = 2 }, _time);

    [Fact]
    public void Lets_in_as_many_as_there_are_places()
    {
        Assert.True(_door.TryEnter());
        Assert.True(_door.TryEnter());
        Assert.False(_door.TryEnter());
        Assert.Equal((2, false), (_door.Inside, _door.HasRoom));

        _door.Leave();

        Assert.True(_door.TryEnter());
    }

    [Fact]
    public async Task Never_lets_in_too_many_at_once()
    {
        var inside = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                if (_door.TryEnter())
                {
                    Assert.InRange(Interlocked.Increment(ref inside), 1, 2);
                    Interlocked.Decrement(ref inside);
                    _door.Leave();
                }
            }
        })));

        Assert.Equal(0, _door.Inside);
    }

    [Fact]
    public void Opens_again_after_a_restart_but_never_after_a_stop()
    {
        _door.Close(RefusalReason.PipelineRestarting);
        Assert.Equal(RefusalReason.PipelineRestarting, _door.Closed);
        _door.OpenUp();
        Assert.Null(_door.Closed);

        _door.Close(RefusalReason.PipelineStopping);
        _door.Close(RefusalReason.PipelineRestarting);

        Assert.Equal(RefusalReason.PipelineStopping, _door.Closed);
    }

    [Fact]
    public void Says_why_it_sheds_and_for_how_long()
    {
        _door.Shed(RefusalReason.RateLimited, TimeSpan.FromSeconds(2));
        Assert.Equal((RefusalReason.RateLimited, TimeSpan.FromSeconds(2)), (_door.Shedding, _door.ShedRetryAfter));

        _time.Advance(TimeSpan.FromSeconds(1.5));
        Assert.Equal(TimeSpan.FromSeconds(0.5), _door.ShedRetryAfter);

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.Zero, _door.ShedRetryAfter);

        _door.Shed(null, default);

        Assert.Null(_door.Shedding);
    }

    [Fact]
    public void Says_when_it_may_be_open_again()
    {
        Assert.Equal(TimeSpan.Zero, _door.ClosedRetryAfter);

        _door.ReopensIn(TimeSpan.FromSeconds(3));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.FromSeconds(2), _door.ClosedRetryAfter);
    }
}
