using System.Threading.Channels;
using Akka.Streams;
using Akka.Streams.Stage;

namespace AkkaPerf.TestKit;

/// <summary>A sink that does what its <see cref="SinkProbe{T}"/> says, and pulls nothing by itself.</summary>
internal sealed class SinkProbeStage<T> : GraphStageWithMaterializedValue<SinkShape<T>, SinkProbe<T>>
{
    private readonly Inlet<T> _in = new("probe.in");

    public SinkProbeStage() => Shape = new SinkShape<T>(_in);

    public override SinkShape<T> Shape { get; }

    protected override Attributes InitialAttributes => Attributes.CreateName("sink-probe");

    public override string ToString() => "sink-probe";

    public override ILogicAndMaterializedValue<SinkProbe<T>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new Logic(this);
        return new LogicAndMaterializedValue<SinkProbe<T>>(logic, new SinkProbe<T>(logic));
    }

    internal sealed class Logic : InGraphStageLogic
    {
        private readonly Inlet<T> _in;
        private int _wanted;

        public Logic(SinkProbeStage<T> stage)
            : base(stage.Shape)
        {
            _in = stage._in;
            SetHandler(_in, this);
        }

        public IslandLink Link { get; } = new();

        public Channel<T> Elements { get; } = Channel.CreateUnbounded<T>();

        /// <summary>How the stream ended: null if it completed, else its failure.</summary>
        public TaskCompletionSource<Exception?> Finished { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void PreStart() => Link.Start(GetAsyncCallback<Action>(static command => command()));

        public override void PostStop()
        {
            Elements.Writer.TryComplete();
            Link.End();
        }

        public override void OnPush()
        {
            Elements.Writer.TryWrite(Grab(_in));
            Serve();
        }

        public override void OnUpstreamFinish()
        {
            Finished.TrySetResult(null);
            CompleteStage();
        }

        // The failure has arrived where it is looked for: here it ends.
        public override void OnUpstreamFailure(Exception e)
        {
            Finished.TrySetResult(e);
            CompleteStage();
        }

        public void Want(int count)
        {
            _wanted += count;
            Serve();
        }

        public void CancelIn(Exception? cause)
        {
            if (cause is null)
            {
                Cancel(_in);
            }
            else
            {
                Cancel(_in, cause);
            }
        }

        private void Serve()
        {
            if (_wanted > 0 && !IsClosed(_in) && !HasBeenPulled(_in))
            {
                _wanted--;
                Pull(_in);
            }
        }
    }
}
