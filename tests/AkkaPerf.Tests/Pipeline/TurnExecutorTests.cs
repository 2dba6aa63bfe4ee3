using Akka.Dispatch;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Tests.Pipeline;

/// <summary>Which thread takes a turn.</summary>
public sealed class TurnExecutorTests
{
    [Theory]
    [InlineData(true, false, true)]
    [InlineData(true, true, false)]
    [InlineData(false, false, false)]
    [InlineData(false, true, false)]
    public async Task Caller_takes_the_turn_only_if_it_may_and_the_pipeline_is_not_busy(bool usesCallers, bool isBusy, bool isCaller)
    {
        var executor = new TurnExecutor("test", usesCallers, () => isBusy);
        var isStanding = true;
        var stood = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var caller = new Thread(() =>
        {
            executor.Execute(new Step(() => stood.SetResult(Thread.CurrentThread.Name == "caller" && Volatile.Read(ref isStanding))));
            Volatile.Write(ref isStanding, false);
        })
        { Name = "caller" };

        caller.Start();

        Assert.Equal(isCaller, await stood.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        caller.Join();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_step_sets_off_follows_it_and_is_not_nested(bool isBusy)
    {
        var executor = new TurnExecutor("test", usesCallers: true, () => isBusy);
        var order = new List<string>();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        executor.Execute(new Step(() =>
        {
            order.Add("first begins");
            executor.Execute(new Step(() =>
            {
                order.Add("second");
                ended.SetResult();
            }));
            order.Add("first ends");
        }));

        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(["first begins", "first ends", "second"], order);
    }

    private sealed class Step(Action action) : IRunnable
    {
        public void Run() => action();

        public void Execute() => action();
    }
}
