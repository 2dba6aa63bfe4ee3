using AkkaPerf.Http.Client;
using AkkaPerf.Http.Transport;

namespace AkkaPerf.Http.Proxying;

/// <summary>The body of an answer that another backend may better: read for a moment and up to a limit, then handed on.</summary>
/// <remarks>A read is never broken off for being slow, for that would cost the connection: whoever reads next takes it over. One reader at a time.</remarks>
internal sealed class HeldBody : ReadOnlyBody
{
    private readonly CancellationTokenSource _reading = new();
    private readonly Stream _stream;
    private readonly byte[] _buffer;
    private int _held;
    private int _replayed;
    private Task<int>? _underWay;
    private bool _hasEnded;

    private HeldBody(Stream stream, int limit)
    {
        _stream = stream;
        _buffer = new byte[limit];
    }

    /// <summary>What was read; the whole body if <see cref="ReadWholeAsync"/> said so.</summary>
    public byte[] Bytes => _buffer[.._held];

    /// <summary>Holds the body of a response, which from then on has it from here; null if it is known to be larger than the limit.</summary>
    public static HeldBody? Take(BackendResponse response, int limit)
    {
        if (response.ContentLength > limit)
        {
            return null;
        }

        var held = new HeldBody(response.Body, limit + 1);
        response.Body = held;
        return held;
    }

    /// <summary>Reads until the end, the limit, or the end of patience; whether all of it was read.</summary>
    /// <exception cref="HttpRequestException">It was cut off.</exception>
    public async ValueTask<bool> ReadWholeAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        using var cancelling = CancelReadingWith(cancellationToken);
        var since = time.GetTimestamp();
        while (!_hasEnded && _held < _buffer.Length)
        {
            _underWay = _stream.ReadAsync(_buffer.AsMemory(_held), _reading.Token).AsTask();
            Task read = _underWay;
            var left = patience - time.GetElapsedTime(since);
            if (!_underWay.IsCompleted && left > TimeSpan.Zero)
            {
                await read.WaitAsync(left, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (!_underWay.IsCompleted)
            {
                return false;
            }

            await TakeOverAsync().ConfigureAwait(false);
        }

        return _hasEnded;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_replayed == _held && _underWay is not null)
        {
            using (CancelReadingWith(cancellationToken))
            {
                await TakeOverAsync().ConfigureAwait(false);
            }
        }

        if (_replayed == _held)
        {
            return _hasEnded ? 0 : await _stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }

        var count = Math.Min(buffer.Length, _held - _replayed);
        _buffer.AsSpan(_replayed, count).CopyTo(buffer.Span);
        _replayed += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            if (_underWay is not null)
            {
                _reading.Cancel();
            }

            _stream.Dispose();
            _reading.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask TakeOverAsync()
    {
        var count = await _underWay!.ConfigureAwait(false);
        _underWay = null;
        _held += count;
        _hasEnded = count == 0;
    }

    private CancellationTokenRegistration CancelReadingWith(CancellationToken cancellationToken) =>
        cancellationToken.UnsafeRegister(static reading => ((CancellationTokenSource)reading!).Cancel(), _reading);
}
