namespace AkkaPerf.TestKit;

/// <summary>Holds the upper end of a stream. Any thread, one test at a time.</summary>
/// <typeparam name="T">The type of the elements.</typeparam>
public sealed class SourceProbe<T>
{
    private readonly SourceProbeStage<T>.Logic _logic;

    internal SourceProbe(SourceProbeStage<T>.Logic logic) => _logic = logic;

    /// <summary>Returns as soon as the stream asks for an element that it has not got yet.</summary>
    /// <exception cref="ExpectationFailedException">It does not ask, or has ended.</exception>
    public async Task ExpectPullAsync(CancellationToken cancellationToken = default)
    {
        var pull = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _logic.Link.Run(() => _logic.Await(pull));
        await WaitAsync(pull, "a pull", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Checks that the stream asks for nothing, after it has done what it had been told before.</summary>
    /// <exception cref="ExpectationFailedException">It asks.</exception>
    public async Task ExpectNoPullAsync(CancellationToken cancellationToken = default)
    {
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        if (await _logic.Link.AskAsync(() => _logic.IsPulled, cancellationToken).ConfigureAwait(false))
        {
            throw new ExpectationFailedException("Expected no pull, but there is one.");
        }
    }

    /// <summary>Pushes an element as soon as the stream asks for one, and returns when it has.</summary>
    /// <exception cref="ExpectationFailedException">The stream does not ask, or has ended.</exception>
    public async Task PushAsync(T element, CancellationToken cancellationToken = default)
    {
        var pushed = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _logic.Link.Run(() => _logic.Push(element, pushed));
        await WaitAsync(pushed, $"a pull for {element}", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Completes the stream, after what is still to be pushed.</summary>
    public void Complete() => _logic.Link.Run(_logic.Complete);

    /// <summary>Fails the stream at once.</summary>
    public void Fail(Exception failure) => _logic.Link.Run(() => _logic.Fail(failure));

    /// <summary>Returns when the stream has cancelled, with its cause.</summary>
    /// <exception cref="ExpectationFailedException">It does not cancel.</exception>
    public Task<Exception> ExpectCancelAsync(CancellationToken cancellationToken = default) =>
        Patience.ForAsync(_logic.Cancelled.Task, "a cancellation", cancellationToken);

    /// <summary>Returns when the island has done what it had been told before.</summary>
    public Task SettleAsync(CancellationToken cancellationToken = default) => _logic.Link.SettleAsync(cancellationToken);

    private async Task WaitAsync(TaskCompletionSource<bool> signal, string what, CancellationToken cancellationToken)
    {
        await Patience.ForAsync(Task.WhenAny(signal.Task, _logic.Link.Ended), what, cancellationToken).ConfigureAwait(false);
        if (!signal.Task.IsCompletedSuccessfully)
        {
            throw new ExpectationFailedException($"Expected {what}, but the stream has ended.");
        }
    }
}
