using Akka.Streams;
using Akka.Streams.Stage;
using AkkaPerf.Exchanges;
using AkkaPerf.Layers;

namespace AkkaPerf.Tests.Layers;

/// <summary>The common part of all layers, through one that adds nothing but a choice: send down, answer, or both.</summary>
public abstract class LayerLogicTests(IslandMode mode) : LayerContract(mode)
{
    private readonly TrivialLayer _layer = new();

    [Fact]
    public async Task Answers_of_its_own_go_up_in_order_and_stop_the_pulling()
    {
        var exchanges = Enumerable.Range(0, 2).Select(_ => Host.NewExchange(key: "answer")).ToArray();
        Rig.Below.Pull();
        await Rig.Requests.PushAsync(exchanges[0]);

        // The answer is in its queue: nothing more is taken before it has left.
        await Rig.Requests.ExpectNoPullAsync();
        Rig.Outcomes.Pull(2);
        await Rig.Requests.PushAsync(exchanges[1]);

        Assert.Same(exchanges[0], await Rig.Outcomes.ExpectPushAsync());
        Assert.Same(exchanges[1], await Rig.Outcomes.ExpectPushAsync());
        await Rig.Below.ExpectNoPushAsync();
    }

    [Fact]
    public async Task What_finds_no_demand_waits_and_then_goes_first()
    {
        var down = await Rig.PassDownAsync(Host.NewExchange("first"));
        await Rig.Results.PushAsync(Again(down));
        await Rig.SettleAsync();
        await Rig.Requests.ExpectNoPullAsync();

        Assert.Same(down, await Rig.Below.PullAsync());
        await Rig.Requests.ExpectNoPullAsync();
        Rig.Below.Pull();
        await Rig.Requests.ExpectPullAsync();
    }

    [Fact]
    public async Task What_is_abandoned_while_it_waits_for_demand_leaves_at_once()
    {
        var down = await Rig.PassDownAsync(Host.NewExchange());
        await Rig.Results.PushAsync(Again(down));
        await Rig.SettleAsync();

        down.Abandon(RefusalReason.DeadlinePassed);

        Assert.Same(down, await Rig.Outcomes.PullAsync());
        Assert.Equal(1, _layer.LetGo);
        Rig.Below.Pull();
        await Rig.Below.ExpectNoPushAsync();
    }

    [Fact]
    public async Task An_end_above_waits_for_what_still_goes_down()
    {
        var down = await Rig.PassDownAsync(Host.NewExchange());
        await Rig.Results.PushAsync(Again(down));
        Rig.Requests.Complete();

        await Rig.Below.ExpectNoEndAsync();
        Assert.Same(down, await Rig.Below.PullAsync());
        await Rig.Below.ExpectCompleteAsync();
        await Rig.PassUpAsync(down);
        Rig.Results.Complete();
        await Rig.Outcomes.ExpectCompleteAsync();
    }

    private protected override Layer CreateLayer() => _layer;

    private static Exchange Again(Exchange exchange)
    {
        exchange.ConnectFailed = true;
        return exchange;
    }

    public sealed class Plain() : LayerLogicTests(IslandMode.Plain);

    public sealed class Fuzzed() : LayerLogicTests(IslandMode.Fuzzed);

    private sealed class TrivialLayer() : Layer("trivial")
    {
        public int LetGo { get; private set; }

        protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

        private sealed class Logic(TrivialLayer layer) : LayerLogic(layer)
        {
            protected override void OnRequest(Exchange exchange)
            {
                if (exchange.IsAnswered || exchange.Key == "answer")
                {
                    Reply(exchange);
                }
                else
                {
                    Send(exchange);
                }
            }

            // What could not connect goes down once more, demand or not.
            protected override void OnOutcome(Exchange exchange)
            {
                if (exchange.ConnectFailed)
                {
                    exchange.ConnectFailed = false;
                    Send(exchange);
                }
                else
                {
                    Reply(exchange);
                }
            }

            protected override void OnLetGo(Exchange exchange) => layer.LetGo++;
        }
    }
}
