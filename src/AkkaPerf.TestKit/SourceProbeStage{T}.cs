using Akka.Streams;
using Akka.Streams.Stage;

namespace AkkaPerf.TestKit;

/// <summary>A source that does what its <see cref="SourceProbe{T}"/> says, and pushes on demand only.</summary>
internal sealed class SourceProbeStage<T> : GraphStageWithMaterializedValue<SourceShape<T>, SourceProbe<T>>
{
    private readonly Outlet<T> _out = new("probe.out");

    public SourceProbeStage() => Shape = new SourceShape<T>(_out);

    public override SourceShape<T> Shape { get; }

    protected override Attributes InitialAttributes => Attributes.CreateName("source-probe");

    public override string ToString() => "source-probe";

    public override ILogicAndMaterializedValue<SourceProbe<T>> CreateLogicAndMaterializedValue(Attributes inheritedAttributes)
    {
        var logic = new Logic(this);
        return new LogicAndMaterializedValue<SourceProbe<T>>(logic, new SourceProbe<T>(logic));
    }

    internal sealed class Logic : OutGraphStageLogic
    {
        private readonly Outlet<T> _out;
        private readonly Queue<(T Element, TaskCompletionSource<bool> Pushed)> _pushes = new();
        private readonly List<TaskCompletionSource<bool>> _awaitingPull = [];
        private bool _isCompleting;

        public Logic(SourceProbeStage<T> stage)
            : base(stage.Shape)
        {
            _out = stage._out;
            SetHandler(_out, this);
        }

        public IslandLink Link { get; } = new();

        public TaskCompletionSource<Exception> Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsPulled => IsAvailable(_out);

        public override void PreStart() => Link.Start(GetAsyncCallback<Action>(static command => command()));

        public override void PostStop() => Link.End();

        public override void OnPull()
        {
            Serve();
            if (IsPulled)
            {
                _awaitingPull.ForEach(static waiting => waiting.TrySetResult(true));
                _awaitingPull.Clear();
            }
        }

        public override void OnDownstreamFinish(Exception cause)
        {
            Cancelled.TrySetResult(cause);
            CompleteStage();
        }

        public void Await(TaskCompletionSource<bool> pull)
        {
            if (IsPulled)
            {
                pull.TrySetResult(true);
            }
            else
            {
                _awaitingPull.Add(pull);
            }
        }

        public void Push(T element, TaskCompletionSource<bool> pushed)
        {
            _pushes.Enqueue((element, pushed));
            Serve();
        }

        public void Complete()
        {
            _isCompleting = true;
            Serve();
        }

        public void Fail(Exception failure) => Fail(_out, failure);

        private void Serve()
        {
            if (IsPulled && _pushes.TryDequeue(out var next))
            {
                Push(_out, next.Element);
                next.Pushed.TrySetResult(true);
            }

            if (_isCompleting && _pushes.Count == 0)
            {
                Complete(_out);
            }
        }
    }
}
