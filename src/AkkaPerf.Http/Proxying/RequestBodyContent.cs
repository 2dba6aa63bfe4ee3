using System.IO.Pipelines;
using System.Net;

namespace AkkaPerf.Http.Proxying;

/// <summary>The client's body on its way to the backend: read as fast as the backend takes it, never buffered.</summary>
internal sealed class RequestBodyContent : HttpContent
{
    private readonly PipeReader _reader;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _idle;
    private bool _isBusy;
    private bool _isClosed;
    private volatile bool _isRead;
    private volatile Exception? _failure;

    public RequestBodyContent(PipeReader reader) => _reader = reader;

    /// <summary>Whether the copy has begun.</summary>
    public bool IsRead => _isRead;

    /// <summary>What went wrong on the client's side.</summary>
    public Exception? Failure => _failure;

    /// <summary>Ends when the copy is over, or will never be.</summary>
    public Task Sent => _sent.Task;

    /// <summary>Lets go of the reader, which the server is about to use for something else; ends a copy under way.</summary>
    public ValueTask CloseAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            if (!_isBusy)
            {
                _sent.TrySetResult();
                return ValueTask.CompletedTask;
            }

            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        _reader.CancelPendingRead();
        return new ValueTask(_idle.Task);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            await CopyAsync(stream, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Leave();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        // A client that told the length has it among the content's headers, which the transport asks first.
        length = 0;
        return false;
    }

    private async Task CopyAsync(Stream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await ReadAsync(stream, cancellationToken).ConfigureAwait(false);
            if (read.IsCanceled || _isClosed)
            {
                _reader.AdvanceTo(read.Buffer.Start);
                throw new OperationCanceledException("The client has gone.");
            }

            var consumed = read.Buffer.Start;
            try
            {
                foreach (var segment in read.Buffer)
                {
                    await stream.WriteAsync(segment, cancellationToken).ConfigureAwait(false);
                }

                consumed = read.Buffer.End;
            }
            finally
            {
                _reader.AdvanceTo(consumed);
            }

            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    // What the backend has not got yet goes out before we wait for the client.
    private async ValueTask<ReadResult> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        try
        {
            if (_reader.TryRead(out var ready))
            {
                return ready;
            }
        }
        catch (Exception exception)
        {
            _failure = exception;
            throw;
        }

        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _failure = exception;
            throw;
        }
    }

    private void Enter()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                throw new OperationCanceledException("The client has gone.");
            }

            _isBusy = true;
            _isRead = true;
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            _isBusy = false;
            _sent.TrySetResult();
            _idle?.TrySetResult();
        }
    }
}
