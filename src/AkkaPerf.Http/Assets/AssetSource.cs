using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Win32.SafeHandles;

namespace AkkaPerf.Http.Assets;

/// <summary>Where a body's bytes come from: memory, or the open file, which stays what it was when another takes its name.</summary>
internal readonly struct AssetSource : IDisposable
{
    private const int Chunk = 64 * 1024;

    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly SafeFileHandle? _file;
    private readonly AssetBody? _body;

    public AssetSource(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    private AssetSource(SafeFileHandle file, AssetBody body)
    {
        _file = file;
        _body = body;
    }

    /// <summary>Opens a body; null if its file has changed since it was looked at, or is gone.</summary>
    public static AssetSource? Open(AssetBody body)
    {
        if (body.Bytes is { } bytes)
        {
            return new AssetSource(bytes);
        }

        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(body.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
            if (body.Is(handle))
            {
                var opened = new AssetSource(handle, body);
                handle = null;
                return opened;
            }

            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        finally
        {
            handle?.Dispose();
        }
    }

    /// <summary>Sends a part. A file that is changed meanwhile breaks the response off: half of the one and half of the other is neither.</summary>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    /// <exception cref="IOException">The file has changed.</exception>
    public async Task SendAsync(HttpResponse response, long offset, long length, CancellationToken cancellationToken)
    {
        if (_file is null)
        {
            await response.BodyWriter.WriteAsync(_bytes.Slice((int)offset, (int)length), cancellationToken).ConfigureAwait(false);
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(Chunk, length));
        try
        {
            while (length > 0)
            {
                var read = await RandomAccess.ReadAsync(_file, buffer.AsMemory(0, (int)Math.Min(buffer.Length, length)), offset, cancellationToken).ConfigureAwait(false);
                if (read == 0 || (read == length && !_body!.Is(_file)))
                {
                    throw new IOException("The file has changed while it was sent.");
                }

                var result = await response.BodyWriter.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                if (result.IsCompleted || result.IsCanceled)
                {
                    throw new OperationCanceledException("The client has gone.", cancellationToken);
                }

                offset += read;
                length -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Dispose() => _file?.Dispose();
}
