using AkkaPerf.Http.Proxying;

namespace AkkaPerf.Http.Caching;

/// <summary>Copies a body for the cache while it is read, up to a limit.</summary>
/// <remarks>
/// First it reads by itself, for a moment: what comes at once can be shared by all who wait for it. What takes longer goes to the first
/// client as it comes, and is copied on the way. A read is never broken off for being slow, for that would cost the connection: whoever
/// reads next takes it over. One reader at a time.
/// </remarks>
internal sealed class BodyRecording : IDisposable
{
    private const int FirstBuffer = 4096;

    private readonly CancellationTokenSource _reading = new();
    private readonly Stream _stream;
    private readonly long? _length;
    private readonly long _limit;
    private byte[] _buffer;
    private int _recorded;
    private int _replayed;
    private Task<int>? _underWay;
    private bool _hasEnded;
    private bool _isTooLarge;

    private BodyRecording(Stream stream, long? length, long limit)
    {
        _stream = stream;
        _length = length;
        _limit = limit;
        _buffer = new byte[length ?? Math.Min(limit, FirstBuffer)];
    }

    /// <summary>Whether all of the body has been read, and was not too large.</summary>
    public bool IsWhole => !_isTooLarge && (_hasEnded || _recorded == _length);

    /// <summary>Makes ready to record; null if the body is known to be larger than the limit.</summary>
    public static async ValueTask<BodyRecording?> StartAsync(HttpResponseMessage message, long limit, CancellationToken cancellationToken)
    {
        var length = ResponseHead.LengthOf(message);
        return length > limit
            ? null
            : new BodyRecording(await message.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), length, limit);
    }

    /// <summary>Reads until the end, the limit, or the end of patience; whether all of it was read.</summary>
    /// <exception cref="HttpRequestException">It was cut off.</exception>
    public async ValueTask<bool> ReadWholeAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        using var cancelling = CancelReadingWith(cancellationToken);
        var since = time.GetTimestamp();
        while (!IsWhole && TryMakeRoom())
        {
            var read = _stream.ReadAsync(_buffer.AsMemory(_recorded), _reading.Token);
            if (read.IsCompleted)
            {
                Took(await read.ConfigureAwait(false));
                continue;
            }

            _underWay = read.AsTask();
            if (!await EndsWithinAsync(_underWay, patience - time.GetElapsedTime(since), time).ConfigureAwait(false))
            {
                return false;
            }

            await TakeOverAsync().ConfigureAwait(false);
        }

        return IsWhole;
    }

    /// <summary>Reads for the client: what was read already, then what follows.</summary>
    public ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (_replayed < _recorded || _hasEnded)
        {
            return new(Replay(destination));
        }

        if (_underWay is not null)
        {
            return ReadOnAsync(destination, cancellationToken);
        }

        if (_isTooLarge)
        {
            _buffer = [];
            return _stream.ReadAsync(destination, cancellationToken);
        }

        return CopyAsync(destination, cancellationToken);
    }

    /// <summary>The whole body. It may lie in the cache for long: no slack.</summary>
    public byte[] ToBytes()
    {
        Array.Resize(ref _buffer, _recorded);
        return _buffer;
    }

    /// <summary>Breaks off a read under way.</summary>
    public void Dispose()
    {
        if (_underWay is not null)
        {
            _reading.Cancel();
        }

        _reading.Dispose();
    }

    private static async ValueTask<bool> EndsWithinAsync(Task read, TimeSpan left, TimeProvider time)
    {
        if (left > TimeSpan.Zero)
        {
            await read.WaitAsync(left, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return read.IsCompleted;
    }

    private async ValueTask<int> ReadOnAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        using (CancelReadingWith(cancellationToken))
        {
            await TakeOverAsync().ConfigureAwait(false);
        }

        return Replay(destination);
    }

    private async ValueTask<int> CopyAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        var count = await _stream.ReadAsync(destination, cancellationToken).ConfigureAwait(false);
        if (_recorded + count > _limit)
        {
            _isTooLarge = true;
            _buffer = [];
            _recorded = _replayed = 0;
            return count;
        }

        while (_recorded + count > _buffer.Length)
        {
            Grow();
        }

        destination.Span[..count].CopyTo(_buffer.AsSpan(_recorded));
        Took(count);
        _replayed = _recorded;
        return count;
    }

    private async ValueTask TakeOverAsync()
    {
        var count = await _underWay!.ConfigureAwait(false);
        _underWay = null;
        Took(count);
    }

    private int Replay(Memory<byte> destination)
    {
        var count = Math.Min(destination.Length, _recorded - _replayed);
        _buffer.AsSpan(_replayed, count).CopyTo(destination.Span);
        _replayed += count;
        return count;
    }

    private void Took(int count)
    {
        _recorded += count;
        _hasEnded = count == 0;
    }

    private bool TryMakeRoom()
    {
        if (_recorded < _buffer.Length)
        {
            return true;
        }

        if (_recorded >= _limit)
        {
            _isTooLarge = true;
            return false;
        }

        Grow();
        return true;
    }

    private void Grow() => Array.Resize(ref _buffer, (int)Math.Min(_limit, Math.Max(FirstBuffer, 2L * _buffer.Length)));

    private CancellationTokenRegistration CancelReadingWith(CancellationToken cancellationToken) =>
        cancellationToken.UnsafeRegister(static reading => ((CancellationTokenSource)reading!).Cancel(), _reading);
}
