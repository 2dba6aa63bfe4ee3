using AkkaPerf.Throttling;

namespace AkkaPerf.Tests.Throttling;

public sealed class PermitLedgerTests
{
    [Fact]
    public void Counts_what_is_taken_against_the_limit()
    {
        var ledger = new PermitLedger(2);
        Assert.True(ledger.TryTake());
        Assert.True(ledger.TryTake());
        Assert.Equal(0, ledger.Free);

        ledger.Release();

        Assert.Equal((1, 1), (ledger.Free, ledger.InUse));
    }

    [Fact]
    public void A_lowered_limit_may_be_exceeded_by_those_who_hold()
    {
        var ledger = new PermitLedger(2);
        Assert.True(ledger.TryTake());
        Assert.True(ledger.TryTake());

        ledger.Resize(1);

        Assert.Equal(-1, ledger.Free);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1_000_001)]
    public void Refuses_a_limit_out_of_range(int limit) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PermitLedger(1).Resize(limit));

    [Fact]
    public void Tells_of_a_new_limit()
    {
        var told = 0;
        var ledger = new PermitLedger(1);
        ledger.Resize(2);
        ledger.Attach(() => told++);

        ledger.Resize(3);
        ledger.Attach(null);
        ledger.Resize(4);

        Assert.Equal(1, told);
    }

    [Fact]
    public async Task Loses_none_among_threads()
    {
        var ledger = new PermitLedger(1_000_000);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                Assert.True(ledger.TryTake());
                ledger.Release();
            }
        })));

        Assert.Equal(0, ledger.InUse);
    }
}
