using AkkaPerf.Exchanges;

namespace AkkaPerf.Tests.Exchanges;

public sealed class OutcomeTests
{
    [Fact]
    public void A_value_is_a_success()
    {
        var outcome = Outcome<int>.Success(7);

        Assert.Equal((true, false, false), (outcome.IsSuccess, outcome.IsRefused, outcome.IsFaulted));
        Assert.Equal(7, outcome.Value);
        Assert.Null(outcome.Reason);
        Assert.Null(outcome.Exception);
        Assert.Equal("value 7", outcome.ToString());
    }

    [Fact]
    public void A_fault_throws_the_handlers_own_exception()
    {
        var fault = new InvalidOperationException("no");
        var outcome = Outcome<int>.Faulted(fault);

        Assert.Equal((false, false, true), (outcome.IsSuccess, outcome.IsRefused, outcome.IsFaulted));
        Assert.Same(fault, Assert.Throws<InvalidOperationException>(() => outcome.Value));
        Assert.Same(fault, outcome.Exception);
        Assert.Equal("fault: InvalidOperationException", outcome.ToString());
    }

    [Theory]
    [InlineData(RefusalReason.QueueFull)]
    [InlineData(RefusalReason.RateLimited)]
    [InlineData(RefusalReason.DeadlinePassed)]
    [InlineData(RefusalReason.NoHealthyBackend)]
    [InlineData(RefusalReason.NoConnection)]
    [InlineData(RefusalReason.PipelineStopping)]
    [InlineData(RefusalReason.PipelineRestarting)]
    public void A_refusal_throws_with_its_reason_time_and_cause(RefusalReason reason)
    {
        var cause = new IOException("down");
        var outcome = Outcome<int>.Refused(reason, TimeSpan.FromSeconds(2), cause);

        Assert.Equal((false, true, false), (outcome.IsSuccess, outcome.IsRefused, outcome.IsFaulted));
        Assert.Equal(reason, outcome.Reason);
        var thrown = Assert.Throws<RequestRejectedException>(() => outcome.Value);
        Assert.Equal((reason, TimeSpan.FromSeconds(2)), (thrown.Reason, thrown.RetryAfter));
        Assert.Same(cause, thrown.InnerException);
        Assert.Equal($"refused: {reason}", outcome.ToString());
    }

    [Fact]
    public void A_cancelled_request_throws_as_every_cancelled_operation_does() =>
        Assert.Throws<OperationCanceledException>(() => Outcome<int>.Refused(RefusalReason.Cancelled).Value);

    [Fact]
    public void Without_a_time_there_is_nothing_to_retry_after()
    {
        var outcome = Outcome<int>.Refused(RefusalReason.QueueFull);

        Assert.Null(outcome.RetryAfter);
        Assert.Null(Assert.Throws<RequestRejectedException>(() => outcome.Value).RetryAfter);
    }

    [Fact]
    public void What_has_not_ended_has_no_value()
    {
        var outcome = default(Outcome<string>);

        Assert.Equal((false, false, false), (outcome.IsSuccess, outcome.IsRefused, outcome.IsFaulted));
        Assert.Throws<InvalidOperationException>(() => outcome.Value);
    }
}
