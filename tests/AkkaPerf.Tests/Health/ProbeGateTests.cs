using AkkaPerf.Health;

namespace AkkaPerf.Tests.Health;

public class ProbeGateTests
{
    [Fact]
    public void Beyond_the_limit_turns_are_granted_in_their_order()
    {
        var gate = new ProbeGate(2);
        var granted = new List<int>();
        var turns = Enumerable.Range(0, 5).Select(index =>
        {
            var isGranted = gate.TryEnter(_ => granted.Add(index), out var turn);
            Assert.Equal(index < 2, isGranted);
            return turn;
        }).ToList();
        turns[3].Leave();
        turns[0].Leave();
        turns[0].Leave();
        turns[1].Leave();
        Assert.Equal([2, 4], granted);
        turns[2].Leave();
        turns[4].Leave();
        Assert.True(gate.TryEnter(_ => { }, out _));
        Assert.True(gate.TryEnter(_ => { }, out _));
        Assert.False(gate.TryEnter(_ => { }, out _));
    }

    [Fact]
    public async Task From_many_threads_the_limit_holds_and_no_turn_is_lost()
    {
        const int Limit = 3;
        var gate = new ProbeGate(Limit);
        var running = 0;
        var most = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 500; i++)
            {
                var granted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                if (!gate.TryEnter(_ => granted.SetResult(), out var turn))
                {
                    await granted.Task;
                }

                InterlockedMax(ref most, Interlocked.Increment(ref running));
                await Task.Yield();
                Interlocked.Decrement(ref running);
                turn.Leave();
            }
        })));
        Assert.InRange(most, 1, Limit);

        static void InterlockedMax(ref int target, int value)
        {
            for (var seen = Volatile.Read(ref target); seen < value; seen = Volatile.Read(ref target))
            {
                Interlocked.CompareExchange(ref target, value, seen);
            }
        }
    }
}
