namespace AkkaPerf.Backends;

/// <summary>Keeps a directory's backends as one source says; those that others brought it leaves alone.</summary>
internal sealed class BackendFollower
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly BackendDirectory _directory;
    private readonly IBackendSource _source;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly Action<string, Exception?> _warn;
    private readonly HashSet<string> _owned = new(StringComparer.Ordinal);

    // Guards what is owned and what was passed over: a change by others may free an id on any thread.
    private readonly Lock _gate = new();
    private IReadOnlyList<BackendOptions>? _last;
    private IReadOnlyList<BackendOptions> _passedOver = [];

    // What was passed over is told once, however often the source changes something else.
    private IReadOnlyList<string> _toldTaken = [];
    private TimeSpan _pause = FirstPause;
    private bool _isFailing;

    /// <param name="directory">Whose backends.</param>
    /// <param name="source">Which there should be.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Jitters the pauses.</param>
    /// <param name="warn">Told what is wrong, once until it is right again.</param>
    public BackendFollower(BackendDirectory directory, IBackendSource source, TimeProvider time, Random random, Action<string, Exception?> warn)
    {
        _directory = directory;
        _source = source;
        _time = time;
        _random = random;
        _warn = warn;
    }

    /// <summary>Follows until the source ends or the token is cancelled; throws nothing. What was passed over is taken in once its id is free, until the token is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _directory.Changed += OnChanged;
        cancellationToken.UnsafeRegister(static follower => ((BackendFollower)follower!).Leave(), this);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var wanted in _source.WatchAsync(cancellationToken).ConfigureAwait(false))
                {
                    Apply(wanted);
                }

                return;
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Warn($"The backends of {_source} are not known; the last known ones stay.", exception);
            }

            try
            {
                // Equal jitter, as everywhere where many may begin anew together.
                await Task.Delay(_pause * (0.5 + (0.5 * _random.NextDouble())), _time, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
        }
    }

    private void Apply(IReadOnlyList<BackendOptions> wanted)
    {
        _pause = FirstPause;

        // Only what the source itself has changed is applied: what a hand changed meanwhile lasts until then.
        if (_last is not null && wanted.SequenceEqual(_last, BackendOptionsComparer.Instance))
        {
            _isFailing = false;
            return;
        }

        IReadOnlyList<string> taken;
        lock (_gate)
        {
            _passedOver = [];
            try
            {
                taken = _directory.Apply(wanted, _owned);
            }
            catch (ArgumentException fault)
            {
                Warn($"What {_source} says is not valid and was not applied.", fault);
                return;
            }

            // Copies: a source may change and give the same objects again.
            _last = [.. wanted.Select(BackendOptionsComparer.Copy)];
            _owned.Clear();
            _owned.UnionWith(wanted.Select(static options => options.Id).Except(taken, StringComparer.Ordinal));
            _passedOver = [.. _last.Where(options => taken.Contains(options.Id))];

            // An id may have become free since.
            TakeInFreed();
        }

        _isFailing = false;
        var isNews = !taken.SequenceEqual(_toldTaken, StringComparer.Ordinal);
        _toldTaken = taken;
        if (isNews && taken.Count > 0)
        {
            _warn($"Backends of {_source} have ids that others have already, and were passed over: {string.Join(", ", taken)}.", null);
        }
    }

    // Whoever changed the directory has left its lock.
    private void OnChanged(BackendSet set)
    {
        if (Volatile.Read(ref _passedOver).Count > 0)
        {
            lock (_gate)
            {
                TakeInFreed();
            }
        }
    }

    private void TakeInFreed()
    {
        foreach (var options in _passedOver.Where(options => _directory.Find(options.Id) is null).ToList())
        {
            // Before it is taken in: that is a change, too.
            _passedOver = [.. _passedOver.Where(other => other.Id != options.Id)];
            try
            {
                _directory.Add(options);
                _owned.Add(options.Id);
            }
            catch (ArgumentException)
            {
                // Somebody else was faster.
                _passedOver = [.. _passedOver, options];
            }
        }
    }

    private void Leave()
    {
        _directory.Changed -= OnChanged;
        lock (_gate)
        {
            _passedOver = [];
        }
    }

    private void Warn(string what, Exception exception)
    {
        if (!_isFailing)
        {
            _isFailing = true;
            _warn(what, exception);
        }
    }
}
