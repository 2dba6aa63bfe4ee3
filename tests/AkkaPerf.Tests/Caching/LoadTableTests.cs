using AkkaPerf.Caching;

namespace AkkaPerf.Tests.Caching;

public sealed class LoadTableTests
{
    [Fact]
    public void Those_who_wait_for_loads_of_a_policy_s_own_still_count_when_the_stream_has_failed()
    {
        var table = new LoadTable(maxJoiners: 2);
        Assert.True(table.TryJoin());
        Assert.True(table.TryJoin());

        Assert.Empty(table.TakeAll());

        Assert.False(table.TryJoin());
        table.Leave();
        table.Leave();
        Assert.Equal(0, table.Joiners);
    }
}
