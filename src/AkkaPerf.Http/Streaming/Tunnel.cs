using System.Buffers;

namespace AkkaPerf.Http.Streaming;

/// <summary>Bytes both ways between a client and its backend, as fast as the slower one takes them; idle, it holds no buffer.</summary>
internal sealed class Tunnel : IDisposable
{
    private const int BufferSize = 16 * 1024;

    // The backend cannot be told that the client says no more: its answer to the last words is waited for this long.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(5);

    private readonly Stream _client;
    private readonly Stream _backend;
    private readonly bool _endsByReset;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();

    /// <param name="client">The client's end.</param>
    /// <param name="backend">The backend's end.</param>
    /// <param name="endsByReset">Whether the backend's end can only be reset, as a stream of HTTP/2: what the backend has not read by then is lost.</param>
    /// <param name="time">The clock.</param>
    public Tunnel(Stream client, Stream backend, bool endsByReset, TimeProvider time)
    {
        _client = client;
        _backend = backend;
        _endsByReset = endsByReset;
        _time = time;
    }

    /// <summary>Runs until either end is over; true if the backend ended, and the client has all it said.</summary>
    /// <param name="clientGone">Cancelled when the client can be sent nothing any more; what it sent before still goes on.</param>
    public async Task<bool> RunAsync(CancellationToken clientGone)
    {
        var toClient = CopyAsync(_backend, _client, _stop.Token);
        var toBackend = CopyAsync(_client, _backend, _stop.Token);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (clientGone.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), gone))
        {
            await Task.WhenAny(toClient, toBackend, gone.Task).ConfigureAwait(false);
        }

        if (clientGone.IsCancellationRequested)
        {
            await WaitAsync(toBackend).ConfigureAwait(false);
            if (_endsByReset && toBackend.IsCompletedSuccessfully)
            {
                // Its last words, of which one may be good-bye, have a reader as they would have over HTTP/1.1.
                await WaitAsync(toClient).ConfigureAwait(false);
            }
        }
        else if (toBackend.IsCompletedSuccessfully)
        {
            await WaitAsync(toClient).ConfigureAwait(false);
        }

        var isWhole = toClient.IsCompletedSuccessfully;
        await StopAsync(toClient, toBackend).ConfigureAwait(false);
        return isWhole;
    }

    public void Dispose() => _stop.Dispose();

    private static async Task CopyAsync(Stream from, Stream to, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Nothing is read: this only waits.
            await from.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            var count = await from.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (count > 0)
            {
                await to.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                await to.FlushAsync(cancellationToken).ConfigureAwait(false);
            }

            // Not in a finally: after a failure a read may still be writing into it.
            ArrayPool<byte>.Shared.Return(buffer);
            if (count == 0)
            {
                return;
            }
        }
    }

    private async Task WaitAsync(Task copy)
    {
        using var enough = new CancellationTokenSource(Linger, _time);
        await copy.WaitAsync(enough.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task StopAsync(Task toClient, Task toBackend)
    {
        await _stop.CancelAsync().ConfigureAwait(false);

        // A write that the backend does not take ends with its connection only.
        await _backend.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(toClient, toBackend).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
