using System.Runtime.CompilerServices;
using AkkaPerf.Http.Client;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Transport.Wire;

/// <summary>The body of a response, as long as it says, in chunks, or until its connection is closed (RFC 9112, section 6.3).</summary>
/// <remarks>One reader at a time; any thread may dispose of it meanwhile. Its connection is kept only if nobody was at it then and nothing is left of it.</remarks>
internal sealed class WireBody : ReadOnlyBody
{
    private const int Free = 0;
    private const int InUse = 1;
    private const int Over = 2;

    private readonly WireConnection _connection;
    private readonly WirePool _pool;
    private readonly bool _isKeptAlive;
    private readonly ChunkReader? _chunks;

    // Of one that says its length: what is left. Of one that ends with its connection: anything but 0 until then.
    private long _left;
    private bool _isBroken;

    // From free to in use and back by the reader; over for good.
    private int _use;

    public WireBody(WireHead head, bool isEmpty, WireConnection connection, WirePool pool)
    {
        _connection = connection;
        _pool = pool;
        _chunks = !isEmpty && head.IsChunked ? new ChunkReader() : null;
        var isDelimited = isEmpty || head.IsChunked || head.Length is not null;
        _isKeptAlive = head.IsKeptAlive && isDelimited && head.StatusCode != 101;
        _left = isEmpty || head.IsChunked ? 0 : head.Length ?? long.MaxValue;
        IsUntilClose = !isDelimited;
    }

    /// <summary>What followed its last chunk.</summary>
    public KeyValuePair<string, StringValues>[] Trailers => _chunks?.Trailers ?? [];

    private bool IsUntilClose { get; }

    private bool IsAtEnd => _chunks?.IsAtEnd ?? _left == 0;

    /// <summary>Takes all of it if it is here; the array is the taker's, to be given back to the pool.</summary>
    public bool TryTakeWhole(out ArraySegment<byte> body)
    {
        body = default;
        if (_chunks is not null || _left == 0 || !TryUse())
        {
            return false;
        }

        var isWhole = _connection.Buffered.Length >= _left;
        if (isWhole)
        {
            // More than the body is no response to anything.
            _isBroken |= _connection.Buffered.Length > _left;
            body = _connection.TakeBuffer((int)_left);
            _left = 0;
        }

        EndUse();
        return isWhole;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || IsAtEnd)
        {
            return new(0);
        }

        if (!TryUse())
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _use) == Over, this);
            throw new InvalidOperationException("Another read is under way.");
        }

        if (_chunks is null && _connection.Buffered is { IsEmpty: false } buffered)
        {
            var count = (int)Math.Min(Math.Min(buffered.Length, buffer.Length), _left);
            buffered[..count].CopyTo(buffer.Span);
            _connection.Consume(count);
            Took(count);
            EndUse();
            return new(count);
        }

        return ReadOnAsync(buffer, cancellationToken);
    }

    /// <summary>Gives the connection back if another exchange may follow, or else closes it.</summary>
    protected override void Dispose(bool disposing)
    {
        var use = disposing ? Interlocked.Exchange(ref _use, Over) : Over;
        if (use == Over)
        {
            return;
        }

        if (use == Free && !_isBroken && _isKeptAlive && IsWhole() && _connection.Buffered.IsEmpty)
        {
            _connection.EndExchange();
            _pool.Return(_connection);
        }
        else
        {
            _connection.Dispose();
        }

        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadOnAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return _chunks is not null
                ? await ReadChunksAsync(_chunks, buffer, cancellationToken).ConfigureAwait(false)
                : await ReadPlainAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _isBroken = true;
            throw WireFailure.OfBody(exception, cancellationToken);
        }
        finally
        {
            EndUse();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadPlainAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (buffer.Length > _left)
        {
            buffer = buffer[..(int)_left];
        }

        var count = await _connection.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (count > 0)
        {
            Took(count);
        }
        else if (IsUntilClose)
        {
            _left = 0;
        }
        else
        {
            throw WireFailure.Ended();
        }

        return count;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadChunksAsync(ChunkReader chunks, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var count = chunks.Read(_connection.Buffered, buffer.Span, out var used);
            _connection.Consume(used);
            if (count > 0 || chunks.IsAtEnd)
            {
                return count;
            }

            _connection.Advance(await _connection.FillAsync(cancellationToken).ConfigureAwait(false));
        }
    }

    private bool TryUse() => Interlocked.CompareExchange(ref _use, InUse, Free) == Free;

    private void EndUse() => Interlocked.CompareExchange(ref _use, Free, InUse);

    private void Took(int count)
    {
        if (!IsUntilClose)
        {
            _left -= count;
        }
    }

    // What is here already costs nothing to skip.
    private bool IsWhole()
    {
        if (_chunks is not null || _left > _connection.Buffered.Length)
        {
            return IsAtEnd;
        }

        _connection.Consume((int)_left);
        _left = 0;
        return true;
    }
}
