using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>A body that comes from a backend once, for all who wait for it and for the store. One writer, many readers.</summary>
/// <remarks>
/// While it is small enough to be stored it is read as fast as the backend sends it, and each reader goes at a pace of its own. One that
/// turns out larger goes on in step: what has come is overwritten once all readers have it, so that it takes no more memory than that.
/// Readers hear of what has come when the backend pauses, or of a good deal of it at once: many small pieces are one to them.
/// </remarks>
internal sealed class FillBody
{
    private const int FirstBuffer = 16 * 1024;
    private const int Window = 64 * 1024;

    // So much goes out without a pause, lest clients wait while a backend is fast.
    private const int Piece = 16 * 1024;

    private readonly Lock _gate = new();
    private readonly List<FillReader> _readers = [];
    private byte[] _buffer = [];
    private long _limit;

    // What was given up of the body, because all readers had it.
    private long _start;
    private int _written;

    // The writer's: what the readers have not heard of.
    private int _untold;
    private bool _isEnded;
    private Exception? _failure;
    private TaskCompletionSource? _more;
    private TaskCompletionSource? _taken;

    /// <summary>Its length, if it is known.</summary>
    public long? Length { get; private set; }

    /// <summary>Whether it is larger than what may be stored: nobody can join any more.</summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>What came behind it; once it has ended.</summary>
    public KeyValuePair<string, StringValues>[] Trailers { get; private set; } = [];

    /// <summary>Adds a reader, who gets all of it; null if what came first is gone.</summary>
    public FillReader? Join()
    {
        lock (_gate)
        {
            if (IsTooLarge)
            {
                return null;
            }

            var reader = new FillReader(this);
            _readers.Add(reader);
            return reader;
        }
    }

    /// <summary>Takes a reader out; the others are not held up by it any more. False if it was out already.</summary>
    public bool Leave(FillReader reader)
    {
        bool wasIn;
        TaskCompletionSource? taken;
        lock (_gate)
        {
            wasIn = _readers.Remove(reader);
            taken = TakenIfAll();
        }

        taken?.TrySetResult();
        return wasIn;
    }

    /// <summary>The head is here.</summary>
    public void Begin(long? length, long limit)
    {
        Length = length;
        _limit = limit;
        _buffer = new byte[length ?? Math.Min(limit, FirstBuffer)];
    }

    /// <summary>Whether it is too large to be stored, and there is no room until all readers have what has come.</summary>
    public bool IsFull => IsTooLarge && _written == _buffer.Length;

    /// <summary>Where the next bytes are to be written; empty if all of a body of known length is there.</summary>
    public Memory<byte> Room()
    {
        if (_written == _buffer.Length && !IsTooLarge && Length is null)
        {
            var grown = (int)Math.Min(_limit + 1, Math.Max(FirstBuffer, 2L * _buffer.Length));
            var buffer = new byte[grown];
            _buffer.AsSpan(0, _written).CopyTo(buffer);
            lock (_gate)
            {
                // Readers that look at the old one see the same bytes.
                _buffer = buffer;
            }
        }

        return _buffer.AsMemory(_written);
    }

    /// <summary>So many bytes were written.</summary>
    public void Advance(int count)
    {
        lock (_gate)
        {
            _written += count;
            IsTooLarge |= _start + _written > _limit;
        }

        _untold += count;
        if (_untold >= Piece)
        {
            Tell();
        }
    }

    /// <summary>Has the readers take what was written.</summary>
    public void Tell()
    {
        if (_untold == 0)
        {
            return;
        }

        _untold = 0;
        TaskCompletionSource? more;
        lock (_gate)
        {
            (more, _more) = (_more, null);
        }

        more?.TrySetResult();
    }

    /// <summary>Ends when all readers have what was written.</summary>
    public Task TakenAsync()
    {
        Tell();
        lock (_gate)
        {
            _taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var taken = _taken.Task;
            TakenIfAll()?.TrySetResult();
            return taken;
        }
    }

    /// <summary>Drops the readers that have not taken what there is: the others are not to wait for them for ever. Says how many they were.</summary>
    public int DropLaggards()
    {
        int dropped;
        TaskCompletionSource? taken;
        lock (_gate)
        {
            foreach (var reader in _readers.Where(reader => reader.Position < _start + _written))
            {
                reader.IsDropped = true;
            }

            dropped = _readers.RemoveAll(static reader => reader.IsDropped);
            taken = TakenIfAll();
        }

        taken?.TrySetResult();
        return dropped;
    }

    /// <summary>Makes room by giving up what all readers have.</summary>
    /// <param name="isWindowKept">Whether the memory is used again; false if a reader who was dropped may still look at it.</param>
    public void Recycle(bool isWindowKept)
    {
        lock (_gate)
        {
            _start += _written;
            _written = 0;
            if (!isWindowKept || _buffer.Length != Window)
            {
                _buffer = new byte[Window];
            }
        }
    }

    /// <summary>All of it is there.</summary>
    public void Complete(KeyValuePair<string, StringValues>[] trailers)
    {
        Trailers = trailers;
        End(failure: null);
    }

    /// <summary>It was cut off.</summary>
    public void Fail(Exception failure) => End(failure);

    /// <summary>The whole body, without slack; it is changed no more.</summary>
    public byte[] ToBytes()
    {
        lock (_gate)
        {
            if (_written != _buffer.Length)
            {
                Array.Resize(ref _buffer, _written);
            }

            return _buffer;
        }
    }

    /// <summary>What a reader gets next; false, and what to wait for, if that has not come yet.</summary>
    /// <exception cref="HttpRequestException">It was cut off.</exception>
    public bool TryRead(FillReader reader, out ReadOnlyMemory<byte> bytes, out Task more)
    {
        lock (_gate)
        {
            more = Task.CompletedTask;
            bytes = default;
            if (reader.IsDropped)
            {
                throw new IOException("The response was broken off: it was not read for too long.");
            }

            var at = (int)(reader.Position - _start);
            if (at < _written)
            {
                bytes = _buffer.AsMemory(at, _written - at);
                reader.HasAll = _isEnded && _failure is null;
                return true;
            }

            if (_failure is not null)
            {
                throw new HttpRequestException("The backend broke the response off.", _failure);
            }

            if (_isEnded)
            {
                return true;
            }

            _more ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            more = _more.Task;
            return false;
        }
    }

    /// <summary>A reader has done with what it got.</summary>
    public void Took(FillReader reader, int count)
    {
        TaskCompletionSource? taken;
        lock (_gate)
        {
            reader.Position += count;
            taken = TakenIfAll();
        }

        taken?.TrySetResult();
    }

    private void End(Exception? failure)
    {
        TaskCompletionSource? more;
        lock (_gate)
        {
            _isEnded = true;
            _failure = failure;
            (more, _more) = (_more, null);
        }

        more?.TrySetResult();
    }

    private TaskCompletionSource? TakenIfAll()
    {
        if (_taken is null || !_readers.TrueForAll(reader => reader.Position == _start + _written))
        {
            return null;
        }

        var taken = _taken;
        _taken = null;
        return taken;
    }
}
