using System.Buffers;

namespace AkkaPerf.Http.Sending;

/// <summary>Bytes that are written piece by piece and sent at once, in a borrowed array that grows. Holds nothing while it is empty and given back. One thread at a time.</summary>
internal sealed class GrowingBuffer
{
    private readonly int _first;
    private byte[] _bytes = [];

    /// <param name="first">How much is borrowed at least.</param>
    public GrowingBuffer(int first) => _first = first;

    /// <summary>How much is there.</summary>
    public int Count { get; private set; }

    /// <summary>What is there; valid until more is written.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Count);

    /// <summary>Room for more, at least so many bytes, and one.</summary>
    public Memory<byte> Room(int least)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(least);
        least = Math.Max(1, least);
        if (_bytes.Length - Count < least)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(_first, 2 * _bytes.Length), Count + least));
            Written.Span.CopyTo(larger);
            GiveBack();
            _bytes = larger;
        }

        return _bytes.AsMemory(Count);
    }

    /// <summary>Takes in what was written into the room.</summary>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - Count);
        Count += count;
    }

    /// <summary>Adds bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length).Span);
        Count += bytes.Length;
    }

    /// <summary>Forgets what is there: it has been sent.</summary>
    public void Clear() => Count = 0;

    /// <summary>Forgets what is there, and gives the array back.</summary>
    public void Return()
    {
        GiveBack();
        (_bytes, Count) = ([], 0);
    }

    private void GiveBack()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }
    }
}
