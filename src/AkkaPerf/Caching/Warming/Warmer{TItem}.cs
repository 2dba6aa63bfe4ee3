using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace AkkaPerf.Caching.Warming;

/// <summary>Warms item after item: only what is missing, so many at once, so many a second; what fails does not stop the rest.</summary>
internal sealed class Warmer<TItem>
{
    private const int MaxFailures = 1_000;

    private readonly WarmingOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<TItem, bool> _isKnown;
    private readonly Func<TItem, CancellationToken, ValueTask<Exception?>> _load;
    private readonly IProgress<WarmingProgress>? _progress;
    private readonly List<WarmingFailure<TItem>> _failures = [];
    private readonly Lock _gate = new();
    private ExceptionDispatchInfo? _sourceFailure;
    private WarmingProgress _total;
    private long _nextStart;

    /// <summary>Creates a warmer for one warming.</summary>
    /// <param name="options">How fast.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isKnown">Whether an item need not be loaded.</param>
    /// <param name="load">Loads an item; gives its failure instead of throwing it.</param>
    /// <param name="progress">Told after every item; null for nobody.</param>
    public Warmer(
        WarmingOptions options, TimeProvider time, Func<TItem, bool> isKnown, Func<TItem, CancellationToken, ValueTask<Exception?>> load,
        IProgress<WarmingProgress>? progress)
    {
        _options = options;
        _time = time;
        _isKnown = isKnown;
        _load = load;
        _progress = progress;
        _nextStart = time.GetTimestamp();
    }

    /// <summary>Warms the items. A source of items that fails ends the warming with its exception; those before it are warm.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<WarmingReport<TItem>> RunAsync(IAsyncEnumerable<TItem> items, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = _options.Concurrency, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(UntilFailureAsync(items, cancellationToken), parallel, WarmAsync).ConfigureAwait(false);
        _sourceFailure?.Throw();
        lock (_gate)
        {
            return new WarmingReport<TItem>(_total, [.. _failures]);
        }
    }

    // A source that fails ends here as if it were through: what has been read is warmed first.
    private async IAsyncEnumerable<TItem> UntilFailureAsync(IAsyncEnumerable<TItem> items, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var source = items.GetAsyncEnumerator(cancellationToken);
        await using (source.ConfigureAwait(false))
        {
            while (true)
            {
                try
                {
                    if (!await source.MoveNextAsync().ConfigureAwait(false))
                    {
                        yield break;
                    }
                }
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
                {
                    _sourceFailure = ExceptionDispatchInfo.Capture(exception);
                    yield break;
                }

                yield return source.Current;
            }
        }
    }

    private async ValueTask WarmAsync(TItem item, CancellationToken cancellationToken)
    {
        try
        {
            if (_isKnown(item))
            {
                Count(new WarmingProgress(0, 1, 0), failure: null);
                return;
            }
        }
        catch (Exception unknowable)
        {
            Count(new WarmingProgress(0, 0, 1), new WarmingFailure<TItem>(item, unknowable));
            return;
        }

        await PaceAsync(cancellationToken).ConfigureAwait(false);
        var exception = await _load(item, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        Count(
            exception is null ? new WarmingProgress(1, 0, 0) : new WarmingProgress(0, 0, 1),
            exception is null ? null : new WarmingFailure<TItem>(item, exception));
    }

    // Each takes the next moment at which a load may start, and waits for it.
    private async ValueTask PaceAsync(CancellationToken cancellationToken)
    {
        if (_options.Rate <= 0)
        {
            return;
        }

        TimeSpan wait;
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            var start = Math.Max(now, _nextStart);
            _nextStart = start + (long)(_time.TimestampFrequency / _options.Rate);
            wait = _time.GetElapsedTime(now, start);
        }

        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Count(in WarmingProgress one, WarmingFailure<TItem>? failure)
    {
        lock (_gate)
        {
            _total = new WarmingProgress(_total.Loaded + one.Loaded, _total.Known + one.Known, _total.Failed + one.Failed);
            if (failure is not null && _failures.Count < MaxFailures)
            {
                _failures.Add(failure);
            }

            // In order, so that what was told last is true at the end.
            _progress?.Report(_total);
        }
    }
}
