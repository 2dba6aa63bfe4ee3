using AkkaPerf.Retrying;

namespace AkkaPerf.Tests.Retrying;

public sealed class RetryBudgetTests
{
    // A tick is a millisecond.
    private const int Second = 1000;

    [Fact]
    public void A_fifth_of_the_requests_and_ten_a_second()
    {
        var budget = Create();
        for (var i = 0; i < 1000; i++)
        {
            budget.Deposit(now: i);
        }

        Assert.Equal(200 + 100, budget.Available(Second));
        Assert.Equal(300, Enumerable.Range(0, 1000).Count(_ => budget.TryWithdraw(Second)));
        Assert.Equal(0, budget.Available(Second));
    }

    [Fact]
    public void What_left_the_window_counts_no_more()
    {
        var budget = Create();
        for (var i = 0; i < 50; i++)
        {
            budget.Deposit(now: 500);
        }

        for (var i = 0; i < 110; i++)
        {
            Assert.True(budget.TryWithdraw(5 * Second));
        }

        Assert.False(budget.TryWithdraw((10 * Second) - 1));

        // The requests have gone, the withdrawals have not: what is missing is not made up for.
        Assert.Equal(0, budget.Available(10 * Second));
        Assert.Equal(0, budget.Available((15 * Second) - 1));
        Assert.Equal(100, budget.Available(15 * Second));
    }

    [Theory]
    [InlineData(0, 0, 1000, 0)]
    [InlineData(1, 0, 1000, 1000)]
    [InlineData(0.29, 0, 100, 29)]
    [InlineData(0.2, 0, 4, 0)]
    [InlineData(0.2, 0, 5, 1)]
    [InlineData(0, 0.1, 1000, 1)]
    public void It_is_exact_in_whole_numbers(double ratio, double minPerSecond, int requests, int expected)
    {
        var budget = Create(ratio, minPerSecond);
        for (var i = 0; i < requests; i++)
        {
            budget.Deposit(0);
        }

        Assert.Equal(expected, budget.Available(0));
        Assert.Equal(expected, Enumerable.Range(0, 2000).Count(_ => budget.TryWithdraw(0)));
    }

    [Fact]
    public void A_time_that_is_past_counts_as_the_present()
    {
        var budget = Create(ratio: 1, minPerSecond: 0);
        budget.Deposit(now: 20 * Second);
        budget.Deposit(now: 19 * Second);

        Assert.Equal(2, budget.Available(20 * Second));
        Assert.Equal(0, budget.Available(30 * Second));
    }

    [Fact]
    public void What_is_given_back_may_be_taken_again()
    {
        var budget = Create(ratio: 0, minPerSecond: 0.1);
        Assert.True(budget.TryWithdraw(900, out var step));
        Assert.False(budget.TryWithdraw(now: 900));
        budget.GiveBack(step);
        Assert.True(budget.TryWithdraw(900, out step));

        // The next step has begun.
        Assert.Equal(0, budget.Available(1100));
        budget.GiveBack(step);
        Assert.Equal(1, budget.Available(1100));
        Assert.Equal(1, budget.Available(11 * Second));
    }

    [Fact]
    public void What_is_given_back_is_taken_from_the_step_in_which_it_was_taken()
    {
        var budget = Create(ratio: 0, minPerSecond: 0.2);
        Assert.True(budget.TryWithdraw(900, out var first));
        Assert.True(budget.TryWithdraw(now: 1100));
        budget.GiveBack(first);
        Assert.Equal(1, budget.Available(1100));

        // The window has left the first step behind, not the second.
        Assert.Equal(1, budget.Available(10_500));
        Assert.Equal(2, budget.Available(11_500));
    }

    [Fact]
    public void What_has_left_the_window_is_not_given_back()
    {
        var budget = Create(ratio: 0, minPerSecond: 0.1);
        Assert.True(budget.TryWithdraw(900, out var step));
        Assert.True(budget.TryWithdraw(now: 10_100));
        budget.GiveBack(step);
        Assert.Equal(0, budget.Available(10_100));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Whatever_happens_no_window_holds_more_than_it_allows(int seed)
    {
        var random = new Random(seed);
        var budget = Create();
        var requests = new List<long>();
        var granted = new List<long>();
        long now = random.Next(100_000);
        for (var i = 0; i < 20_000; i++)
        {
            now += random.Next(10) == 0 ? random.Next(3 * Second) : random.Next(5);
            if (random.Next(3) > 0)
            {
                budget.Deposit(now);
                requests.Add(now);
                continue;
            }

            // The window as the naive would count it: ten whole steps, the present one the last.
            var from = ((now / Second) - (RetryBudget.Steps - 1)) * Second;
            var allowed = (0.2 * requests.Count(at => at >= from)) + 100;
            var used = granted.Count(at => at >= from);
            var available = budget.Available(now);
            Assert.Equal(Math.Max(0, (long)(allowed - used + 1e-9)), available);

            Assert.Equal(available >= 1, budget.TryWithdraw(now, out var step));
            if (available >= 1 && random.Next(4) > 0)
            {
                granted.Add(now);
            }
            else if (available >= 1)
            {
                budget.GiveBack(step);
            }
        }

        Assert.NotEmpty(granted);
    }

    private static RetryBudget Create(double ratio = 0.2, double minPerSecond = 10) =>
        new(new BudgetOptions { Ratio = ratio, MinPerSecond = minPerSecond }, ticksPerSecond: Second);
}
