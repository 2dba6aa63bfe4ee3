using System.Threading.Channels;

namespace AkkaPerf.TestKit;

/// <summary>Holds the lower end of a stream. Any thread, one test at a time.</summary>
/// <typeparam name="T">The type of the elements.</typeparam>
public sealed class SinkProbe<T>
{
    private readonly SinkProbeStage<T>.Logic _logic;

    internal SinkProbe(SinkProbeStage<T>.Logic logic) => _logic = logic;

    /// <summary>Asks for elements; each is asked for once the one before it has come.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is less than one.</exception>
    public void Pull(int count = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _logic.Link.Run(() => _logic.Want(count));
    }

    /// <summary>Cancels the stream.</summary>
    /// <param name="cause">Why; null for no particular reason.</param>
    public void Cancel(Exception? cause = null) => _logic.Link.Run(() => _logic.CancelIn(cause));

    /// <summary>Returns the next element.</summary>
    /// <exception cref="ExpectationFailedException">None comes, or the stream has ended.</exception>
    public async Task<T> ExpectPushAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await Patience.ForAsync(_logic.Elements.Reader.ReadAsync(cancellationToken).AsTask(), "an element", cancellationToken)
                .ConfigureAwait(false);
        }
        catch (ChannelClosedException exception)
        {
            throw new ExpectationFailedException("Expected an element, but the stream has ended.", exception);
        }
    }

    /// <summary>Asks for an element and returns it.</summary>
    /// <exception cref="ExpectationFailedException">None comes, or the stream has ended.</exception>
    public Task<T> PullAsync(CancellationToken cancellationToken = default)
    {
        Pull();
        return ExpectPushAsync(cancellationToken);
    }

    /// <summary>Checks that no element has come, after the stream has done what it had been told before.</summary>
    /// <exception cref="ExpectationFailedException">One has come.</exception>
    public async Task ExpectNoPushAsync(CancellationToken cancellationToken = default)
    {
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        if (_logic.Elements.Reader.TryPeek(out var element))
        {
            throw new ExpectationFailedException($"Expected no element, but there is {element}.");
        }
    }

    /// <summary>Returns when the stream has completed.</summary>
    /// <exception cref="ExpectationFailedException">It does not complete, or fails.</exception>
    public async Task ExpectCompleteAsync(CancellationToken cancellationToken = default)
    {
        if (await Patience.ForAsync(_logic.Finished.Task, "a completion", cancellationToken).ConfigureAwait(false) is { } failure)
        {
            throw new ExpectationFailedException("Expected a completion, but the stream failed.", failure);
        }
    }

    /// <summary>Checks that the stream has neither completed nor failed, after it has done what it had been told before.</summary>
    /// <exception cref="ExpectationFailedException">It has.</exception>
    public async Task ExpectNoEndAsync(CancellationToken cancellationToken = default)
    {
        await SettleAsync(cancellationToken).ConfigureAwait(false);
        if (_logic.Link.IsEnded || _logic.Finished.Task.IsCompleted)
        {
            throw new ExpectationFailedException("Expected the stream to go on, but it has ended.");
        }
    }

    /// <summary>Returns when the stream has failed, with its failure.</summary>
    /// <exception cref="ExpectationFailedException">It does not fail, or completes.</exception>
    public async Task<Exception> ExpectFailureAsync(CancellationToken cancellationToken = default) =>
        await Patience.ForAsync(_logic.Finished.Task, "a failure", cancellationToken).ConfigureAwait(false)
        ?? throw new ExpectationFailedException("Expected a failure, but the stream completed.");

    /// <summary>Returns when the island has done what it had been told before.</summary>
    public Task SettleAsync(CancellationToken cancellationToken = default) => _logic.Link.SettleAsync(cancellationToken);
}
