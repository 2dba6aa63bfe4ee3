using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using AkkaPerf.Http.Transport.Wire;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace AkkaPerf.Http.Express;

/// <summary>A connection's input as the server sees it: without the requests that are served here.</summary>
/// <remarks>
/// Problem: the server's own way to an application costs a small request that passes through an eighth of its time. Here a plain request (see <see cref="ExpressHead"/>) that
/// is wholly there when the server waits for the next one is given to the application at once, and the server goes on waiting. Everything else the
/// server gets as it came: as soon as a request is not known to end with its head, all that follows on the connection is the server's too, so that
/// both never disagree on where a request begins. One reader at a time, as with any pipe.
/// </remarks>
internal sealed class ExpressInput : PipeReader
{
    // Longer heads are the server's.
    private const int MostBytes = 16 * 1024;

    private readonly PipeReader _input;
    private readonly ConnectionContext _connection;
    private readonly ExpressServer _server;
    private readonly ExpressLimits _limits;

    // Once there is a request to be served; gone when nothing will be any more.
    private ExpressContext? _context;
    private FieldMemory? _memory;

    // When the connection began to be idle, in milliseconds; 0 while it is not, or the server watches it itself.
    private long _idleSince;

    // Of the request that the server has: how much of its head it has not taken yet.
    private long _left;
    private bool _isServers;
    private bool _isOver;

    // Whether anything has been served here: then the connection's idle time is watched here too.
    private bool _hasServed;
    private ReadOnlySequence<byte> _given;

    public ExpressInput(ConnectionContext connection, ExpressServer server, ExpressLimits limits)
    {
        _input = connection.Transport.Input;
        _connection = connection;
        _server = server;
        _limits = limits;
    }

    public override bool TryRead(out ReadResult result)
    {
        if (_isOver)
        {
            result = End();
            return true;
        }

        // Whoever reads so does not wait for a next request: what he reads is his.
        if (_left == 0)
        {
            Leave();
        }

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
            if (_left < 0)
            {
                // It has taken more than its request: whose the next bytes are is not known here any more.
                Leave();
            }
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
        var isWatched = false;
        while (!_isOver)
        {
            var read = _input.ReadAsync(cancellationToken);
            if (_hasServed && !read.IsCompleted)
            {
                Volatile.Write(ref _idleSince, Environment.TickCount64);
            }

            var result = await read.ConfigureAwait(false);
            Volatile.Write(ref _idleSince, 0);
            if (result.Buffer.IsEmpty)
            {
                return Given(result);
            }

            if (result.IsCanceled || result.IsCompleted || _server.Handler is not { } handler || !TryTake(result.Buffer))
            {
                if (_left == 0)
                {
                    // Nothing is known of where its request ends: it has all that follows too.
                    Leave();
                }

                return Given(result);
            }

            if (!isWatched)
            {
                isWatched = true;
                Watch();
            }

            var context = _context!;
            var own = ExecutionContext.Capture();
            Exception? failure = null;
            try
            {
                await _server.StartAsync(handler, context).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            _isOver = !await _server.EndAsync(context, failure).ConfigureAwait(false);
            if (own is not null)
            {
                // What the application has left behind is not the next request's.
                ExecutionContext.Restore(own);
            }
        }

        return End();
    }

    private void Leave()
    {
        _isServers = true;
        _context = null;
        _memory = null;
    }

    // The server's own watch began with its wait, and would end the connection among our requests: from the first of them in its wait on it is ours.
    private void Watch()
    {
        _connection.Features.Get<IConnectionTimeoutFeature>()?.CancelTimeout();
        if (!_hasServed)
        {
            _hasServed = true;
            _connection.Features.Get<IConnectionHeartbeatFeature>()?.OnHeartbeat(static state => ((ExpressInput)state).OnHeartbeat(), this);
        }
    }

    private void OnHeartbeat()
    {
        var since = Volatile.Read(ref _idleSince);
        if (since != 0 && Environment.TickCount64 - since > _limits.KeepAlive.TotalMilliseconds)
        {
            _connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
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

        var context = _context ??= _server.CreateContext(_connection, _limits);
        switch (ExpressHead.Read(bytes[..end], _limits, _memory ??= new FieldMemory(), context.Express))
        {
            case HeadVerdict.Plain:
                context.Begin();
                _input.AdvanceTo(buffer.GetPosition(end));
                return true;
            case HeadVerdict.WithoutBody:
                context.Clear();
                _left = end;
                return false;
            default:
                return false;
        }
    }
}
