using System.Buffers;

namespace AkkaPerf.Caching.Distributed;

/// <summary>Bytes in an array of the shared pool, up to a limit; not thread-safe.</summary>
/// <remarks>
/// Disposing gives the array back; it must not happen while an operation that was left behind may still use it. Leaving it to the
/// collector is always safe.
/// </remarks>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private const int FirstSize = 1024;

    // Writers ask for what they may need at worst: System.Text.Json for thrice a string's length, and for a page at the end.
    private const int WorstExpansion = 3;
    private const int Page = 16 * 1024;

    private readonly int _limit;
    private byte[] _array = [];
    private int _length;

    public PooledBuffer(int limit) => _limit = limit;

    public int Length => _length;

    /// <summary>Whether somebody tried to write beyond the limit, and was told so by an exception.</summary>
    public bool IsOverrun { get; private set; }

    public Span<byte> Span => _array.AsSpan(0, _length);

    public Memory<byte> Memory => _array.AsMemory(0, _length);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _array.Length - _length);
        if (count > _limit - _length)
        {
            Overrun();
        }

        _length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsSpan(_length);
    }

    /// <summary>Takes the next bytes as written, whatever stands there.</summary>
    public Span<byte> Take(int count)
    {
        var span = GetSpan(count)[..count];
        Advance(count);
        return span;
    }

    /// <summary>Forgets what was written after the first so many bytes.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length);
        _length = length;
    }

    public void Dispose()
    {
        var array = _array;
        _array = [];
        _length = 0;
        if (array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }

    private void Reserve(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        var needed = Math.Max(1, sizeHint);
        if (needed <= _array.Length - _length)
        {
            return;
        }

        // It is writing beyond the limit that is refused; asking only when no writer within it would ask for so much.
        if (needed > Page + ((long)WorstExpansion * (_limit - _length)))
        {
            Overrun();
        }

        var size = Math.Max(_length + needed, (int)Math.Min(Math.Max(FirstSize, 2L * _array.Length), _limit + 1L));
        var larger = ArrayPool<byte>.Shared.Rent(size);
        Span.CopyTo(larger);
        var smaller = _array;
        _array = larger;
        if (smaller.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(smaller);
        }
    }

    private void Overrun()
    {
        IsOverrun = true;
        throw new InvalidOperationException($"More than {_limit} bytes were to be written.");
    }
}
