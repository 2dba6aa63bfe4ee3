using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using AkkaPerf.Http.Loops;

namespace AkkaPerf.Http.Transport.Wire;

/// <summary>One connection to a backend, which carries one exchange after the other; a user at a time.</summary>
/// <remarks>
/// A read is begun before a request is sent: it costs nothing, since it is needed anyhow, and finds out a connection that the backend has
/// closed or has sent something unasked on. An idle connection holds no buffer.
/// </remarks>
internal sealed class WireConnection : IDisposable
{
    // As the runtime's client has it.
    private const int LargestHead = 64 * 1024;

    // A head and a small body; the pool keeps such arrays per thread.
    private const int FirstBuffer = 16 * 1024;

    private readonly Link _link;
    private readonly FieldMemory _memory = new();

    // Null while it is idle, and once it is another's.
    private byte[]? _buffer;
    private int _start;
    private int _end;

    // How much of a head that is not whole has been looked through.
    private int _seen;

    // How long the heads before the response's own were, all together: what a backend says without answering has an end.
    private int _interim;
    private ValueTask<int> _ahead;

    public WireConnection(Link link, long openedAt, WirePool pool)
    {
        _link = link;
        OpenedAt = openedAt;
        Call = new WireCall(this, pool);
    }

    /// <summary>The call over it, the one after the other.</summary>
    public WireCall Call { get; }

    /// <summary>When it was made, as a timestamp.</summary>
    public long OpenedAt { get; }

    /// <summary>Since when it is idle, as a timestamp.</summary>
    public long IdleSince { get; set; }

    /// <summary>Whether anything of the response has come.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>Whether what an exchange was begun to read is there.</summary>
    public bool IsAhead => _ahead.IsCompleted;

    /// <summary>Whether it is known by now what came right behind the exchange before.</summary>
    public bool IsSettled => _link.IsSettled;

    /// <summary>What has come and is not used yet.</summary>
    public ReadOnlySpan<byte> Buffered => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Begins an exchange; false if the connection is of no use any more.</summary>
    public bool TryBegin(CancellationToken cancellationToken)
    {
        HasAnswered = false;
        _start = _end = _seen = _interim = 0;
        _buffer ??= ArrayPool<byte>.Shared.Rent(FirstBuffer);
        if (!_link.IsSettled)
        {
            Look();
        }

        try
        {
#pragma warning disable CA2012 // It is consumed once, by the exchange, or never if the connection is closed.
            _ahead = _link.ReceiveAsync(_buffer.AsMemory(), cancellationToken);
#pragma warning restore CA2012
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }

        return !_ahead.IsCompleted;
    }

    /// <summary>Has the next exchange look for what has come unasked, whatever is known.</summary>
    public void Look() => _link.Look();

    /// <summary>Whether the backend has closed it, or sent something unasked; for an idle one.</summary>
    public bool IsStale() => _link.IsReadable;

    /// <summary>Sends bytes; how many went.</summary>
    public ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => _link.SendAsync(bytes, cancellationToken);

    /// <summary>The read that the exchange was begun with, to be consumed once.</summary>
    public ValueTask<int> TakeAhead()
    {
        var ahead = _ahead;
        _ahead = default;
        return ahead;
    }

    /// <summary>Takes what a read has brought; false if the response's head is not here yet.</summary>
    /// <exception cref="HttpIOException">The connection has ended, or what has come is no head.</exception>
    public bool TryTake(int count, [NotNullWhen(true)] out WireHead? head)
    {
        Advance(count);
        HasAnswered = true;
        while (true)
        {
            var length = HeadParser.FindEnd(Buffered, ref _seen);
            if (length + _interim > LargestHead || (length < 0 && _end - _start >= LargestHead))
            {
                throw WireFailure.TooLarge();
            }

            if (length < 0)
            {
                head = null;
                return false;
            }

            head = new WireHead();
            if (!HeadParser.TryParse(Buffered[..length], _memory, head))
            {
                throw WireFailure.Invalid("its head");
            }

            Consume(length);
            _seen = 0;
            if (head.StatusCode is >= 200 or 101)
            {
                return true;
            }

            _interim += length;
        }
    }

    /// <summary>Uses up what has come.</summary>
    public void Consume(int count) => _start += count;

    /// <summary>Reads more into the buffer; how much is to be told to <see cref="TryTake"/> or <see cref="Advance"/>.</summary>
    /// <exception cref="HttpIOException">There is no room for it.</exception>
    public ValueTask<int> FillAsync(CancellationToken cancellationToken)
    {
        MakeRoom();
        return _link.ReceiveAsync(_buffer.AsMemory(_end), cancellationToken);
    }

    /// <summary>Reads past the buffer, which must be used up; 0 at the end.</summary>
    public ValueTask<int> ReadAsync(Memory<byte> memory, CancellationToken cancellationToken) => _link.ReceiveAsync(memory, cancellationToken);

    /// <summary>Gives the buffer away with what has come; the taker gives the array back to the pool.</summary>
    public ArraySegment<byte> TakeBuffer(int length)
    {
        var taken = new ArraySegment<byte>(_buffer!, _start, length);
        _buffer = null;
        _start = _end = 0;
        return taken;
    }

    /// <summary>Ends an exchange after which another may follow.</summary>
    public void EndExchange()
    {
        if (_buffer is { } buffer)
        {
            _buffer = null;
            ArrayPool<byte>.Shared.Return(buffer);
        }

        _link.Rest();
    }

    // Its buffer is left to the collector: a read may still be writing into it.
    public void Dispose() => _link.Dispose();

    /// <summary>Adds to what has come.</summary>
    /// <exception cref="HttpIOException">Nothing has: the connection has ended.</exception>
    public void Advance(int count)
    {
        if (count == 0)
        {
            throw WireFailure.Ended();
        }

        _end += count;
    }

    private void MakeRoom()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }

        if (_end < _buffer!.Length)
        {
            return;
        }

        var to = _buffer;
        if (_end - _start > _buffer.Length / 2)
        {
            if (_buffer.Length > LargestHead)
            {
                throw WireFailure.TooLarge();
            }

            to = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        }

        _buffer.AsSpan(_start, _end - _start).CopyTo(to);
        if (to != _buffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = to;
        }

        _end -= _start;
        _start = 0;
    }
}
