using AkkaPerf.Backends;
using AkkaPerf.Connections;
using AkkaPerf.TestKit;

namespace AkkaPerf.Tests.Connections;

/// <summary>Opens, checks and closes hang or block as told, whatever their tokens say.</summary>
internal sealed class HangingFactory : IConnectionFactory<FakeConnection>
{
    private static readonly Task Never = new TaskCompletionSource().Task;

    private readonly FakeConnectionFactory _inner = new();
    private int _checking;
    private int _closing;
    private bool _hangOpens;
    private bool _hangChecks;
    private bool _hangCloses;

    public bool HangOpens
    {
        get => Volatile.Read(ref _hangOpens);
        set => Volatile.Write(ref _hangOpens, value);
    }

    public bool HangChecks
    {
        get => Volatile.Read(ref _hangChecks);
        set => Volatile.Write(ref _hangChecks, value);
    }

    public bool HangCloses
    {
        get => Volatile.Read(ref _hangCloses);
        set => Volatile.Write(ref _hangCloses, value);
    }

    /// <summary>What opens and checks block their thread by; null: they do not.</summary>
    public ManualResetEventSlim? Block { get; set; }

    public int Checking => Volatile.Read(ref _checking);

    public int Closing => Volatile.Read(ref _closing);

    public async ValueTask<FakeConnection> OpenAsync(Backend backend, CancellationToken cancellationToken)
    {
        Block?.Wait(CancellationToken.None);
        if (HangOpens)
        {
            await Never;
        }

        return await _inner.OpenAsync(backend, cancellationToken);
    }

    public async ValueTask<bool> IsUsableAsync(FakeConnection connection, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _checking);
        Block?.Wait(CancellationToken.None);
        if (HangChecks)
        {
            await Never;
        }

        return true;
    }

    public async ValueTask CloseAsync(FakeConnection connection)
    {
        Interlocked.Increment(ref _closing);
        if (HangCloses)
        {
            await Never;
        }

        await _inner.CloseAsync(connection);
    }
}
