using System.Buffers.Binary;
using AkkaPerf.Caching.Distributed;

namespace AkkaPerf.Caching.Invalidations;

/// <summary>Tells the other processes of a second level what is invalid here, and learns from them.</summary>
/// <remarks>
/// Problem: a second level can be read and written by key, nothing else. Rule: the last invalidations of all processes stand in one
/// log under one key, read by everybody once an interval; when each tag was last invalidated stands under a key of its own, for
/// those who meet an entry with a tag they know nothing of. Who writes the log looks whether it is there, and for some intervals looks
/// again: two who write at once overwrite one another. So an invalidation is known everywhere after two intervals, the time of
/// the second level's answers, and one interval more for each time that it was overwritten. Nothing of the second level is trusted before
/// the log has been read once. Without the second level each process goes on with what it knows; its own invalidations are told later.
/// </remarks>
internal sealed class InvalidationSync : IAsyncDisposable
{
    private const string LogName = "invalidations";
    private const string TagName = "tag:";

    private const int MaxTries = 5;

    // For how many intervals it is looked whether one's own invalidations still stand in the log.
    private const int LookAgain = 10;

    // More than any entry may live.
    private static readonly TimeSpan MarkLife = TimeSpan.FromDays(366);

    private readonly SecondLevel _second;
    private readonly InvalidationTable _table;
    private readonly InvalidationOptions _options;
    private readonly TimeProvider _time;
    private readonly Action _changed;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _end = new();
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly OwnInvalidations _own = new();
    private readonly KeySync? _keys;
    private DateTimeOffset _seenAt;
    private volatile bool _hasRead;

    public InvalidationSync(SecondLevel second, InvalidationTable table, InvalidationOptions options, TimeProvider time, Action changed)
    {
        _second = second;
        _table = table;
        _options = options;
        _time = time;
        _changed = changed;
        _seenAt = time.GetUtcNow();
        _keys = options.Keys > 0 ? new KeySync(second, table, options, time, changed) : null;
        using (ExecutionContext.IsFlowSuppressed() ? default(IDisposable) : ExecutionContext.SuppressFlow())
        {
            _timer = time.CreateTimer(static state => _ = ((InvalidationSync)state!).Poll(), this, options.Interval, options.Interval);
            _ = Poll();
        }
    }

    /// <summary>Whether the log could be read the last time.</summary>
    public bool IsCurrent { get; private set; } = true;

    /// <summary>Ends when the last look at the log has ended; for tests.</summary>
    internal Task LastPoll { get; private set; } = Task.CompletedTask;

    /// <summary>Tells an invalidation to the others; ends when it is told, or has to be told later.</summary>
    public async Task PublishAsync(Invalidation invalidation, CancellationToken cancellationToken)
    {
        _own.Add(invalidation);
        if (invalidation.Kind == InvalidationKind.Tag)
        {
            await TellTagAsync(invalidation.Name, invalidation.At, cancellationToken).ConfigureAwait(false);
        }

        await ExchangeAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tells the others, with the next look at the log, that a single key was set or removed; nothing if that is not configured.</summary>
    public void PublishKey(string key, DateTimeOffset at) => _keys?.Add(key, at);

    /// <summary>Finds out what this process does not know yet of an entry of the second level: the log, and when its tags were last invalidated.</summary>
    /// <returns>False if that cannot be told now: the entry is not to be trusted.</returns>
    public async ValueTask<bool> LearnAsync(IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        if (!_hasRead)
        {
            await Poll().WaitAsync(cancellationToken).ConfigureAwait(false);
            if (!_hasRead)
            {
                return false;
            }
        }

        if (tags.All(_table.Knows))
        {
            return true;
        }

        // Before the tags are learnt: a sweep forgets what is known of them.
        if (_table.IsFull)
        {
            _changed();
        }

        for (var i = 0; i < tags.Count; i++)
        {
            if (!_table.Knows(tags[i]) && !await LearnAsync(tags[i], cancellationToken).ConfigureAwait(false))
            {
                return false;
            }
        }

        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        if (_keys is { HasNews: true } && _second.State == L2State.Closed)
        {
            // The others must not wait for a look that does not come any more.
            await Poll().ConfigureAwait(false);
            if (_keys.HasNews)
            {
                await Poll().ConfigureAwait(false);
            }
        }

        await _end.CancelAsync().ConfigureAwait(false);
        await LastPoll.ConfigureAwait(false);
        _end.Dispose();
        _turn.Dispose();
    }

    private async ValueTask<bool> LearnAsync(string tag, CancellationToken cancellationToken)
    {
        var mark = await _second.ReadMarkAsync(TagName + tag, cancellationToken).ConfigureAwait(false);
        if (mark.Kind == L2MarkKind.Unavailable)
        {
            return false;
        }

        if (mark.Kind == L2MarkKind.Missing)
        {
            _table.Learn(tag, at: null);
        }
        else if (TryReadMoment(mark.Value.Span, out var at))
        {
            _table.Learn(tag, at);
        }
        else
        {
            // When it was cannot be known any more: now is the latest that it can have been, here and for whoever asks next.
            var now = _time.GetUtcNow();
            _table.Learn(tag, now);
            await TellTagAsync(tag, now, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    private async ValueTask TellTagAsync(string tag, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var moment = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(moment, at.UtcTicks);
        await _second.WriteMarkAsync(TagName + tag, moment, MarkLife, cancellationToken).ConfigureAwait(false);
    }

    private static bool TryReadMoment(ReadOnlySpan<byte> bytes, out DateTimeOffset at)
    {
        var ticks = bytes.Length == sizeof(long) ? BinaryPrimitives.ReadInt64LittleEndian(bytes) : -1;
        var isMoment = ticks > 0 && ticks <= DateTimeOffset.MaxValue.UtcTicks;
        at = isMoment ? new DateTimeOffset(ticks, TimeSpan.Zero) : default;
        return isMoment;
    }

    // One look at a time, for all who want one.
    private Task Poll()
    {
        var polling = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (!LastPoll.IsCompleted)
            {
                return LastPoll;
            }

            LastPoll = polling.Task;
        }

        _ = PollAsync(polling);
        return polling.Task;
    }

    private async Task PollAsync(TaskCompletionSource polling)
    {
        try
        {
            await ExchangeAsync(_end.Token).ConfigureAwait(false);
            if (_keys is not null && IsCurrent)
            {
                await _keys.ExchangeAsync(_end.Token).ConfigureAwait(false);
            }
        }
        catch (Exception)
        {
            // The cache ends; or a sweep met the user's code, and the next look comes all the same.
        }
        finally
        {
            polling.SetResult();
        }
    }

    // Reads the log; writes what it lacks of one's own, until that is seen there.
    private async Task ExchangeAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            for (var tries = 0; tries < MaxTries; tries++)
            {
                var now = _time.GetUtcNow();
                var mark = await _second.ReadMarkAsync(LogName, cancellationToken).ConfigureAwait(false);
                IsCurrent = mark.Kind != L2MarkKind.Unavailable;
                if (!IsCurrent)
                {
                    return;
                }

                // What cannot be read is as good as lost: everybody tells again what it still remembers.
                var log = InvalidationLog.Decode(mark.Value.ToArray()) ?? InvalidationLog.Empty;
                TakeIn(log, now);
                _hasRead = true;
                var untold = _own.Untold(log, now - (LookAgain * _options.Interval));
                if (untold.Count == 0)
                {
                    return;
                }

                await _second.WriteMarkAsync(LogName, log.With(untold).Encode(), MarkLife, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private void TakeIn(InvalidationLog log, DateTimeOffset now)
    {
        var isChanged = false;
        foreach (var item in log.Items)
        {
            isChanged |= _table.Apply(item);
        }

        if (log.Floor >= _seenAt - _options.ClockTolerance)
        {
            _table.DistrustTags();
            isChanged = true;
        }

        _seenAt = now;
        if (isChanged)
        {
            _changed();
        }
    }
}
