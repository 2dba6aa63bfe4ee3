using AkkaPerf.Layers;

namespace AkkaPerf.Tests.Layers;

public sealed class InboxTests
{
    private readonly Inbox<object> _inbox = new();
    private int _wakeUps;

    [Fact]
    public void A_sleeper_is_woken_once_for_many_items()
    {
        _inbox.Attach(() => _wakeUps++);
        Assert.True(_inbox.TrySleep());

        _inbox.Post(new object());
        _inbox.Post(new object());

        Assert.Equal(1, _wakeUps);
    }

    [Fact]
    public void Who_is_awake_is_not_woken()
    {
        _inbox.Attach(() => _wakeUps++);

        _inbox.Post(new object());

        Assert.Equal(0, _wakeUps);
        Assert.False(_inbox.TrySleep());
        Assert.True(_inbox.TryTake(out _));
        Assert.True(_inbox.TrySleep());
    }

    [Fact]
    public void What_is_posted_to_nobody_waits_for_the_next_one()
    {
        _inbox.Attach(() => _wakeUps++);
        Assert.True(_inbox.TrySleep());
        _inbox.Detach();
        var item = new object();

        _inbox.Post(item);

        Assert.Equal(0, _wakeUps);
        _inbox.Attach(() => _wakeUps++);
        Assert.True(_inbox.TryTake(out var taken));
        Assert.Same(item, taken);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task No_wake_up_is_lost_among_threads(int producers)
    {
        const int Items = 30_000;
        using var awake = new SemaphoreSlim(0);
        _inbox.Attach(() => awake.Release());
        var taken = 0;
        var consuming = Task.Run(async () =>
        {
            while (true)
            {
                while (_inbox.TryTake(out _))
                {
                    taken++;
                }

                if (taken == Items * producers)
                {
                    return;
                }

                if (_inbox.TrySleep())
                {
                    // A lost wake-up would leave it here for ever; the limit only turns that into a failure.
                    Assert.True(await awake.WaitAsync(TimeSpan.FromSeconds(20)), $"{taken} taken");
                }
            }
        });
        var producing = Enumerable.Range(0, producers).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            for (var i = 0; i < Items; i++)
            {
                _inbox.Post(this);
                if (random.Next(4) == 0)
                {
                    Thread.SpinWait(random.Next(200));
                }
            }
        }));

        await Task.WhenAll(producing.Append(consuming));
    }
}
