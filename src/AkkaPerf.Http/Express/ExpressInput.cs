using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using AkkaPerf.Http.Transport.Wire;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace AkkaPerf.Http.Express;

/// <summary>A connection's input as the server sees it: without the requests that are served here.</summary>
/// <remarks>
/// Problem: the server's own way to an application costs a small request a third of its time. Here a plain request (see <see cref="ExpressHead"/>) that
/// is wholly there when the server waits for the next one is given to the application at once, and the server goes on waiting. Everything else the
/// server gets as it came: as soon as a request is not known to end with its head, all that follows on the connection is the server's too, so that
/// both never disagree on where a request begins. One reader at a time, as with any pipe.
/// </remarks>
internal sealed class ExpressInput : PipeReader
{
    // Longer heads are the server's.
    private const int MostBytes = 16 * 1024;

    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    private readonly PipeReader _input;
    private readonly ConnectionContext _connection;
    private readonly ExpressServer _server;
    private readonly ExpressLimits _limits;
    private readonly ExpressContext _context;
    private readonly FieldMemory _memory = new();

    // Of the request that the server has: how much of its head it has not taken yet.
    private long _left;
    private bool _isServers;
    private bool _isOver;
    private bool _hasServed;
    private ReadOnlySequence<byte> _given;

    public ExpressInput(ConnectionContext connection, ExpressServer server, ExpressLimits limits, ExpressContext context)
    {
        _input = connection.Transport.Input;
        _connection = connection;
        _server = server;
        _limits = limits;
        _context = context;
    }

    public override bool TryRead(out ReadResult result)
    {
        if (_isOver)
        {
            result = End();
            return true;
        }

        // Whoever reads so does not wait for a next request.
        if (!_input.TryRead(out result))
        {
            return false;
        }

        Given(result);
        return true;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        _isServers || _left > 0 ? ReadOnAsync(cancellationToken) : ServeAsync(cancellationToken);

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_isOver)
        {
            return;
        }

        if (_left > 0)
        {
            _left -= _given.Slice(0, consumed).Length;

            // It has taken more than its request: whose the next bytes are is not known here any more.
            _isServers |= _left < 0;
        }

        _given = default;
        _input.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => _input.CancelPendingRead();

    public override void Complete(Exception? exception = null) => _input.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => _input.CompleteAsync(exception);

    private ValueTask<ReadResult> ReadOnAsync(CancellationToken cancellationToken)
    {
        var read = _input.ReadAsync(cancellationToken);
        if (_isServers)
        {
            return read;
        }

        return read.IsCompletedSuccessfully ? new(Given(read.Result)) : AwaitAsync(read);

        async ValueTask<ReadResult> AwaitAsync(ValueTask<ReadResult> pending) => Given(await pending.ConfigureAwait(false));
    }

    private ReadResult Given(in ReadResult result)
    {
        _given = result.Buffer;
        return result;
    }

    private static ReadResult End() => new(ReadOnlySequence<byte>.Empty, isCanceled: false, isCompleted: true);

    // The server waits for a request. What can be served here is; the first that cannot is the server's.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> ServeAsync(CancellationToken cancellationToken)
    {
        while (!_isOver)
        {
            var read = _input.ReadAsync(cancellationToken);
            if (_hasServed && !read.IsCompleted)
            {
                // The server's own watch began with its wait, and would end the connection among our requests.
                Watch();
            }

            var result = await read.ConfigureAwait(false);
            if (result.Buffer.IsEmpty)
            {
                return Given(result);
            }

            if (result.IsCanceled || result.IsCompleted || _server.Handler is not { } handler || !TryTake(result.Buffer))
            {
                // If nothing is known of where its request ends, it has all that follows too.
                _isServers = _left == 0;
                return Given(result);
            }

            _hasServed = true;
            _connection.Features.Get<IConnectionTimeoutFeature>()?.CancelTimeout();
            _isOver = !await _server.ServeAsync(handler, _context).ConfigureAwait(false);
        }

        return End();
    }

    private void Watch()
    {
        if (_limits.KeepAlive < Longest)
        {
            _connection.Features.Get<IConnectionTimeoutFeature>()?.ResetTimeout(_limits.KeepAlive);
        }
    }

    // Takes the request that stands at the beginning, if it can be served here.
    private bool TryTake(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.IsSingleSegment)
        {
            return TryTake(buffer, buffer.FirstSpan);
        }

        var length = (int)Math.Min(buffer.Length, MostBytes);
        var copy = ArrayPool<byte>.Shared.Rent(length);
        buffer.Slice(0, length).CopyTo(copy);
        var isTaken = TryTake(buffer, copy.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(copy);
        return isTaken;
    }

    private bool TryTake(in ReadOnlySequence<byte> buffer, ReadOnlySpan<byte> bytes)
    {
        var end = ExpressHead.IsCandidate(bytes) ? ExpressHead.FindEnd(bytes[..Math.Min(bytes.Length, MostBytes)]) : -1;
        if (end < 0)
        {
            return false;
        }

        _context.Begin();
        switch (ExpressHead.Read(bytes[..end], _limits, _memory, _context.Express))
        {
            case HeadVerdict.Plain:
                var next = buffer.GetPosition(end);
                _input.AdvanceTo(next);
                return true;
            case HeadVerdict.WithoutBody:
                _left = end;
                return false;
            default:
                return false;
        }
    }
}
