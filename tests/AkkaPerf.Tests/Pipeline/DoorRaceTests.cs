using AkkaPerf.Exchanges;
using AkkaPerf.Ingress;

namespace AkkaPerf.Tests.Pipeline;

public sealed class DoorRaceTests
{
    private const int Rounds = 200_000;

    [Fact]
    public void Refused_caller_never_takes_the_place_of_one_who_may_enter()
    {
        var door = new Door(new IngressOptions { Capacity = 1 }, TimeProvider.System);
        var callerEntered = false;
        var waiterEntered = false;
        Race(
            before: () => Assert.True(door.TryEnter()),
            one: () => callerEntered = door.TryEnter(),
            other: () =>
            {
                // As the island does: a place is free, so whoever waits is let in, unless somebody else was faster.
                door.Leave();
                waiterEntered = door.TryEnter();
            },
            after: () =>
            {
                Assert.True(callerEntered ^ waiterEntered, $"The place was free for one of {callerEntered} and {waiterEntered}.");
                door.Leave();
            });
    }

    [Fact]
    public void Stopping_is_final_whoever_else_closes_the_door()
    {
        var door = new Door(new IngressOptions(), TimeProvider.System);
        Race(
            before: door.OpenUp,
            one: () => door.Close(RefusalReason.PipelineStopping),
            other: () => door.Close(RefusalReason.PipelineRestarting),
            after: () => Assert.Equal(RefusalReason.PipelineStopping, door.Closed));
    }

    [Fact]
    public void Beginning_stage_does_not_open_the_door_of_a_drain()
    {
        IngressPort? port = null;
        Race(
            before: () => port = new IngressPort(new Door(new IngressOptions(), TimeProvider.System), new ExchangeCounters(), TimeProvider.System),
            one: () => port!.Drain(),
            other: () => port!.Begin(() => { }),
            after: () => Assert.Equal(RefusalReason.PipelineStopping, port!.Door.Closed));
    }

    // Both start within nanoseconds of one another, the one a little earlier or later from round to round.
    private static void Race(Action before, Action one, Action other, Action after)
    {
        var started = 0;
        var ended = 0;
        var thread = new Thread(() =>
        {
            for (var round = 1; round <= Rounds; round++)
            {
                Await(ref started, round);

                other();
                Volatile.Write(ref ended, round);
            }
        })
        { IsBackground = true };
        thread.Start();
        for (var round = 1; round <= Rounds; round++)
        {
            before();
            Volatile.Write(ref started, round);
            for (var i = round % 64; i > 0; i--)
            {
                Volatile.Read(ref started);
            }

            one();
            Await(ref ended, round);

            after();
        }

        thread.Join();
    }

    // Without sleep, which would part the two; but on a busy machine whoever spins gives the other one its core.
    private static void Await(ref int figure, int round)
    {
        var spin = default(SpinWait);
        while (Volatile.Read(ref figure) != round)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }
}
