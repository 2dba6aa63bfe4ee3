using AkkaPerf.Caching;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Caching;

public sealed class RechecksTests : IDisposable
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _looked = [];
    private readonly Rechecks _rechecks;

    public RechecksTests() => _rechecks = new Rechecks(_time, Delay);

    [Fact]
    public void A_key_is_looked_at_once_when_its_time_has_come()
    {
        Want("a");
        Pass(4.9);
        Assert.Empty(_looked);
        Pass(0.2);
        Pass(100);
        Assert.Equal(["a"], _looked);
    }

    [Fact]
    public void Each_has_its_own_time_though_one_timer_serves_all()
    {
        Want("a");
        Pass(3);
        Want("b");
        Pass(2.1);
        Assert.Equal(["a"], _looked);
        Pass(2.8);
        Assert.Equal(["a"], _looked);
        Pass(0.2);
        Assert.Equal(["a", "b"], _looked);
    }

    [Fact]
    public void One_that_is_written_again_is_looked_at_after_its_last_write()
    {
        for (var i = 0; i < 4; i++)
        {
            Want("a");
            Pass(4);
        }

        Assert.Empty(_looked);
        Pass(1.1);
        Assert.Equal(["a"], _looked);
    }

    [Fact]
    public void A_look_may_want_another_one()
    {
        var looks = 0;
        _rechecks.Want("a", LookAsync);
        for (var i = 1; i <= 3; i++)
        {
            Pass(5.1);
            Assert.Equal(i, looks);
        }

        Task LookAsync()
        {
            looks++;
            _rechecks.Want("a", LookAsync);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public void There_are_no_more_than_there_is_room_for()
    {
        for (var i = 0; i < 10_010; i++)
        {
            Want($"{i}");
        }

        Want("5");
        Pass(5.1);
        Assert.Equal(10_000, _looked.Count);
        Assert.Contains("5", _looked);
        Want("later");
        Pass(5.1);
        Assert.Equal("later", _looked[^1]);
    }

    [Fact]
    public void After_the_end_nothing_is_looked_at()
    {
        Want("a");
        _rechecks.Dispose();
        Want("b");
        Pass(100);
        Assert.Empty(_looked);
    }

    public void Dispose() => _rechecks.Dispose();

    private void Want(string key) => _rechecks.Want(key, () =>
    {
        _looked.Add(key);
        return Task.CompletedTask;
    });

    private void Pass(double seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));
}
