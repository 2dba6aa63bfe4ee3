using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using AkkaPerf.Http.Loops;

namespace AkkaPerf.Http.Sending;

/// <summary>
/// A connection's output that whoever flushes it sends himself: no pipe, no reader of it in between, and a head and its body in one piece of memory.
/// A flush ends when the socket has taken everything, so nothing piles up for a slow reader. One writer at a time, as with any pipe.
/// </summary>
internal sealed class SocketOutput : PipeWriter
{
    // A head and 16 KiB of body fit. What is longer goes in several sends, each long enough that its call does not count.
    private const int BlockBytes = 32 * 1024;

    private readonly Link _link;
    private readonly Func<Exception?, ValueTask> _end;
    private readonly Queue<ArraySegment<byte>> _full = [];

    // The writer's; nothing is held between flushes, so an idle connection holds nothing.
    private byte[]? _block;
    private int _used;
    private long _unflushed;

    // The sends that a flush had to wait for, one behind the other; who sends touches nothing of the writer's.
    private Task _sending = Task.CompletedTask;
    private TaskCompletionSource? _waiting;
    private volatile bool _isCancelled;
    private volatile bool _isClosed;

    /// <summary>Sends over a connection.</summary>
    /// <param name="link">Where it goes.</param>
    /// <param name="end">Ends the connection: after what was to be sent, or when it cannot be.</param>
    public SocketOutput(Link link, Func<Exception?, ValueTask> end)
    {
        _link = link;
        _end = end;
    }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _unflushed;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _block.AsMemory(_used);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _block.AsSpan(_used);
    }

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, (_block?.Length ?? 0) - _used);
        _used += bytes;
        _unflushed += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_unflushed == 0 || _isClosed)
        {
            Drop();
            return new(Result());
        }

        if (_full.Count > 0 || !_sending.IsCompleted)
        {
            _sending = SendAsync(_sending, TakeAll());
            return WaitAsync(_sending, cancellationToken);
        }

        var block = Take();
        var send = SendAsync(block);
        if (!send.IsCompletedSuccessfully)
        {
            _sending = EndAsync(send, block);
            return WaitAsync(_sending, cancellationToken);
        }

        _ = send.Result;
        ArrayPool<byte>.Shared.Return(block.Array!);
        return new(Result());
    }

    public override void CancelPendingFlush()
    {
        _isCancelled = true;
        Volatile.Read(ref _waiting)?.TrySetResult();
    }

    /// <summary>Sends what was written and lets the transport end the connection.</summary>
    public override void Complete(Exception? exception = null) => _sending = CompleteAsync(_sending, exception is null && !_isClosed ? TakeAll() : [], exception);

    /// <summary>Waits until what is on its way has gone, or cannot go any more.</summary>
    public async Task StopAsync()
    {
        Drop();
        await _sending.ConfigureAwait(false);
    }

    private void MakeRoom(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        if (_block is not null && _block.Length - _used < Math.Max(1, sizeHint))
        {
            _full.Enqueue(new(_block, 0, _used));
            _block = null;
        }

        if (_block is null)
        {
            _block = ArrayPool<byte>.Shared.Rent(Math.Max(BlockBytes, sizeHint));
            _used = 0;
        }
    }

    private ArraySegment<byte> Take()
    {
        var block = new ArraySegment<byte>(_block!, 0, _used);
        _block = null;
        _used = 0;
        _unflushed = 0;
        return block;
    }

    private ArraySegment<byte>[] TakeAll()
    {
        if (_block is not null)
        {
            _full.Enqueue(Take());
        }

        _unflushed = 0;
        var all = _full.ToArray();
        _full.Clear();
        return all;
    }

    private void Drop()
    {
        foreach (var block in TakeAll())
        {
            ArrayPool<byte>.Shared.Return(block.Array!);
        }
    }

    private FlushResult Result()
    {
        var isCancelled = _isCancelled;
        if (isCancelled)
        {
            _isCancelled = false;
        }

        return new FlushResult(isCancelled, _isClosed);
    }

    // A flush may be left while its send goes on: the next one's goes behind it.
    private async ValueTask<FlushResult> WaitAsync(Task sending, CancellationToken cancellationToken)
    {
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _waiting, waiting);
        if (_isCancelled)
        {
            waiting.TrySetResult();
        }

        await Task.WhenAny(sending, waiting.Task).WaitAsync(cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _waiting, null);
        return Result();
    }

    private async Task SendAsync(Task before, ArraySegment<byte>[] blocks)
    {
        await before.ConfigureAwait(false);
        foreach (var block in blocks)
        {
            await EndAsync(_isClosed ? default : SendAsync(block), block).ConfigureAwait(false);
        }
    }

    private async Task CompleteAsync(Task before, ArraySegment<byte>[] blocks, Exception? exception)
    {
        await SendAsync(before, blocks).ConfigureAwait(false);
        await _end(exception).ConfigureAwait(false);
    }

    private ValueTask<int> SendAsync(ArraySegment<byte> block)
    {
        try
        {
            return _link.SendAsync(block, CancellationToken.None);
        }
        catch (ObjectDisposedException exception)
        {
            return ValueTask.FromException<int>(exception);
        }
    }

    private async Task EndAsync(ValueTask<int> send, ArraySegment<byte> block)
    {
        try
        {
            await send.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // As the transport does it: who writes sees that nobody reads any more, and the connection ends.
            _isClosed = true;
            await _end(null).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block.Array!);
        }
    }
}
