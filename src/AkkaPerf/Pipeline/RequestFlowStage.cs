using Akka;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.Stage;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Pipeline;

/// <summary>A pipeline inside a user's stream: requests in, outcomes out in their order, so many under way at once.</summary>
internal sealed class RequestFlowStage<TRequest, TResponse> : GraphStage<FlowShape<TRequest, Outcome<TResponse>>>
{
    private readonly string _name;
    private readonly IWaitingSender<TRequest, TResponse> _pipeline;
    private readonly int _parallelism;
    private readonly Inlet<TRequest> _in;
    private readonly Outlet<Outcome<TResponse>> _out;

    public RequestFlowStage(string name, IWaitingSender<TRequest, TResponse> pipeline, int parallelism)
    {
        _name = "akkaperf-" + name;
        _pipeline = pipeline;
        _parallelism = parallelism;
        _in = new Inlet<TRequest>(_name + ".in");
        _out = new Outlet<Outcome<TResponse>>(_name + ".out");
        Shape = new FlowShape<TRequest, Outcome<TResponse>>(_in, _out);
    }

    /// <summary>As users get it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The parallelism is not 0 to 1,000,000; 0 for the default.</exception>
    public static Flow<TRequest, Outcome<TResponse>, NotUsed> FlowThrough(
        string name, IWaitingSender<TRequest, TResponse> pipeline, int parallelism, int defaultParallelism)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(parallelism);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(parallelism, 1_000_000);
        return Flow.FromGraph(new RequestFlowStage<TRequest, TResponse>(name, pipeline, parallelism > 0 ? parallelism : defaultParallelism));
    }

    public override FlowShape<TRequest, Outcome<TResponse>> Shape { get; }

    protected override Attributes InitialAttributes => Attributes.CreateName(_name);

    public override string ToString() => _name;

    protected override GraphStageLogic CreateLogic(Attributes inheritedAttributes) => new Logic(this);

    private sealed class Logic : InAndOutGraphStageLogic
    {
        private readonly RequestFlowStage<TRequest, TResponse> _stage;
        private readonly Queue<Slot> _slots = new();
        private readonly CancellationTokenSource _cancellation = new();
        private Action<Slot>? _onEnded;

        public Logic(RequestFlowStage<TRequest, TResponse> stage)
            : base(stage.Shape)
        {
            _stage = stage;
            SetHandler(stage._in, this);
            SetHandler(stage._out, this);
        }

        public override void PreStart()
        {
            _onEnded = GetAsyncCallback<Slot>(_ => Emit());
            Pull(_stage._in);
        }

        // However the user's stream ends, nobody waits for these any more. Cancelling runs callbacks, so not on this thread.
        public override void PostStop()
        {
            if (_slots.Count > 0)
            {
                ThreadPool.UnsafeQueueUserWorkItem(static source => source.Cancel(), _cancellation, preferLocal: false);
            }
            else
            {
                _cancellation.Dispose();
            }
        }

        public override void OnPush()
        {
            var slot = new Slot(_onEnded!);
            _slots.Enqueue(slot);
            slot.Start(_stage._pipeline.SendWaitingAsync(Grab(_stage._in), _cancellation.Token));
            Emit();
        }

        // What is under way is still emitted.
        public override void OnUpstreamFinish()
        {
            if (_slots.Count == 0)
            {
                CompleteStage();
            }
        }

        public override void OnUpstreamFailure(Exception e) => FailStage(e);

        public override void OnPull() => Emit();

        public override void OnDownstreamFinish(Exception cause) => CancelStage(cause);

        private void Emit()
        {
            if (_slots.TryPeek(out var first) && first.IsEnded && IsAvailable(_stage._out))
            {
                _slots.Dequeue();
                Push(_stage._out, first.Outcome);
            }

            if (IsClosed(_stage._in))
            {
                if (_slots.Count == 0)
                {
                    CompleteStage();
                }
            }
            else if (_slots.Count < _stage._parallelism && !HasBeenPulled(_stage._in))
            {
                Pull(_stage._in);
            }
        }
    }

    private sealed class Slot
    {
        private readonly Action<Slot> _onEnded;
        private System.Runtime.CompilerServices.ValueTaskAwaiter<Outcome<TResponse>> _awaiter;
        private volatile bool _isEnded;

        public Slot(Action<Slot> onEnded) => _onEnded = onEnded;

        public bool IsEnded => _isEnded;

        public Outcome<TResponse> Outcome { get; private set; }

        public void Start(ValueTask<Outcome<TResponse>> sending)
        {
#pragma warning disable CA2012 // Kept in the slot instead of an async method's box; consumed once.
            _awaiter = sending.GetAwaiter();
#pragma warning restore CA2012
            if (_awaiter.IsCompleted)
            {
                End();
            }
            else
            {
                _awaiter.UnsafeOnCompleted(() =>
                {
                    End();
                    _onEnded(this);
                });
            }
        }

        private void End()
        {
            Outcome = _awaiter.GetResult();
            _isEnded = true;
        }
    }
}
