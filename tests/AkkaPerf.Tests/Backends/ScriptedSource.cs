using System.Runtime.CompilerServices;
using System.Threading.Channels;
using AkkaPerf.Backends;

namespace AkkaPerf.Tests.Backends;

/// <summary>A source that says what a test has it say: a list, a failure, or its end.</summary>
internal sealed class ScriptedSource : IBackendSource
{
    private readonly Channel<object> _script = Channel.CreateUnbounded<object>();
    private int _watched;

    /// <summary>How often it has been asked.</summary>
    public int Watched => Volatile.Read(ref _watched);

    /// <summary>Whether nobody listens any more.</summary>
    public bool IsOver { get; private set; }

    public void Say(params BackendOptions[] backends) => _script.Writer.TryWrite(backends);

    public void Fail(Exception exception) => _script.Writer.TryWrite(exception);

    public void End() => _script.Writer.TryComplete();

    public async IAsyncEnumerable<IReadOnlyList<BackendOptions>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _watched);
        try
        {
            await foreach (var next in _script.Reader.ReadAllAsync(cancellationToken))
            {
                yield return next as IReadOnlyList<BackendOptions> ?? throw (Exception)next;
            }
        }
        finally
        {
            IsOver = true;
        }
    }

    public override string ToString() => "the script";
}
