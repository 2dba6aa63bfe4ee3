namespace AkkaPerf.Tests.Caching.Alone;

/// <summary>A caller's continuation that blocks its thread is that caller's own affair.</summary>
public sealed class BlockedFollowerTests : IAsyncDisposable
{
    private const int Others = 8;

    private readonly TaskCompletionSource<string> _load = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CacheRig _rig = new();

    public BlockedFollowerTests() => _rig.Source = (_, _) => new ValueTask<string>(_load.Task);

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_follower_whose_continuation_blocks_holds_up_nobody(bool hasToken)
    {
        using var cancellation = new CancellationTokenSource();
        using var released = new ManualResetEventSlim();
        var token = hasToken ? cancellation.Token : CancellationToken.None;
        var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var leader = _rig.GetAsync(cancellationToken: token).AsTask();
        var blocking = BlockAsync();
        var others = Enumerable.Range(0, Others).Select(_ => _rig.GetAsync(cancellationToken: token).AsTask()).ToList();

        _load.SetResult("value");
        await blocked.Task;

        Assert.Equal("value", await leader);
        Assert.All(await Task.WhenAll(others), value => Assert.Equal("value", value));
        Assert.Equal("value", await _rig.GetAsync());
        Assert.Equal((1, 0, 0), (_rig.Loads, _rig.Cache.Statistics.InFlight, _rig.Cache.Engine.Flights.Joiners));
        Assert.False(blocking.IsCompleted);
        released.Set();
        await blocking;

        async Task BlockAsync()
        {
            await _rig.GetAsync(cancellationToken: token).ConfigureAwait(false);
            blocked.SetResult();
            released.Wait(CancellationToken.None);
        }
    }

    [Fact]
    public async Task A_follower_that_blocks_on_a_failure_holds_up_nobody()
    {
        using var released = new ManualResetEventSlim();
        var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var leader = _rig.GetAsync().AsTask();
        var blocking = BlockAsync();
        var other = _rig.GetAsync().AsTask();

        _load.SetException(new InvalidDataException("broken"));
        await blocked.Task;

        await Assert.ThrowsAsync<InvalidDataException>(() => leader);
        await Assert.ThrowsAsync<InvalidDataException>(() => other);
        released.Set();
        await blocking;

        async Task BlockAsync()
        {
            try
            {
                await _rig.GetAsync().ConfigureAwait(false);
            }
            catch (InvalidDataException)
            {
                blocked.SetResult();
                released.Wait(CancellationToken.None);
            }
        }
    }
}
