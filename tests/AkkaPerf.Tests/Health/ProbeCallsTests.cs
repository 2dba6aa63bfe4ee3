using AkkaPerf.Health;

namespace AkkaPerf.Tests.Health;

public class ProbeCallsTests
{
    [Fact]
    public void Two_may_run_and_a_third_only_when_one_has_returned()
    {
        var calls = new ProbeCalls();
        Assert.True(calls.TryEnter());
        Assert.True(calls.TryEnter());
        Assert.False(calls.TryEnter());
        Assert.False(calls.TryEnter());
        calls.Leave();
        Assert.True(calls.TryEnter());
    }
}
