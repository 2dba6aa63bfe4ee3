using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;

namespace AkkaPerf.Http.Loops;

/// <summary>A client's bytes as they come: whoever reads them goes on where they were received, and nothing is held while there are none.</summary>
/// <remarks>
/// It is received whether or not somebody reads, up to a limit: so it becomes known that a client has gone while its request is under way. One reader at a
/// time, as with any pipe; what receives is nobody's but the socket's.
/// </remarks>
internal sealed class LoopInput : PipeReader, IValueTaskSource<ReadResult>
{
    // A receive gets at least so much room, of a block's 4 KiB.
    private const int LeastRoom = 2 * 1024;

    private readonly LoopSocket _socket;
    private readonly MemoryPool<byte> _pool;
    private readonly long _most;
    private readonly Func<Exception?, Exception?> _faultOf;
    private readonly Action _onEnded;
    private readonly Action _onReceived;
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<ReadResult> _read;

    // The receiver's.
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _receiving;
    private bool _isAsking;

    // Guarded by the gate: the blocks with what is not consumed, from a place in the first one on, and how much of it has been looked at in vain.
    private InputBlock? _first;
    private InputBlock? _last;
    private InputBlock? _spare;
    private int _start;
    private long _length;
    private long _examined;

    // Guarded by the gate: the receiver, which may just be filling the last block or wait for room,
    private bool _isFilling;
    private bool _isPaused;
    private bool _isStopped;
    private bool _hasEnded;
    private Exception? _fault;

    // and the reader.
    private bool _isWaiting;
    private bool _isCancelled;
    private bool _isCompleted;
    private CancellationToken _cancellation;
    private CancellationTokenRegistration _registration;

    /// <param name="socket">Where it comes from.</param>
    /// <param name="pool">Where the memory for it comes from.</param>
    /// <param name="most">How much may wait to be looked at, in bytes; 0 for any.</param>
    /// <param name="faultOf">What the reader is told at the end; gets what broke the connection, null if nothing did.</param>
    /// <param name="onEnded">Called once the reader has been told of the end.</param>
    public LoopInput(LoopSocket socket, MemoryPool<byte> pool, long most, Func<Exception?, Exception?> faultOf, Action onEnded)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(most);
        (_socket, _pool, _most, _faultOf, _onEnded) = (socket, pool, most, faultOf, onEnded);
        _onReceived = Receive;
    }

    // Whether a read has something to tell.
    private bool HasNews => _length > _examined || _hasEnded || _isCancelled;

    /// <summary>Begins to receive.</summary>
    public void Start() => Ask();

    /// <summary>Receives no more if it waits for room, and after what is being received if not.</summary>
    public void Stop()
    {
        bool wasPaused;
        lock (_gate)
        {
            _isStopped = true;
            wasPaused = _isPaused;
            _isPaused = false;
        }

        if (wasPaused)
        {
            End(null);
        }
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }

        ValueTask<ReadResult> reading;
        lock (_gate)
        {
            ThrowIfRead();
            if (HasNews)
            {
                return _fault is null ? new(Take()) : ValueTask.FromException<ReadResult>(_fault);
            }

            _isWaiting = true;
            _cancellation = cancellationToken;
            _read.Reset();
            reading = new ValueTask<ReadResult>(this, _read.Version);
        }

        if (cancellationToken.CanBeCanceled)
        {
            Watch(cancellationToken);
        }

        return reading;
    }

    public override bool TryRead(out ReadResult result)
    {
        lock (_gate)
        {
            ThrowIfRead();
            if (!HasNews)
            {
                result = default;
                return false;
            }

            if (_fault is not null)
            {
                ExceptionDispatchInfo.Throw(_fault);
            }

            result = Take();
            return true;
        }
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        lock (_gate)
        {
            // Of nothing, nothing can be consumed.
            if (consumed.GetObject() is not InputBlock block || _first is null)
            {
                return;
            }

            var start = _first.RunningIndex + _start;
            var place = consumed.GetInteger();
            var taken = block.RunningIndex + place - start;
            var seen = examined.GetObject() is InputBlock last ? last.RunningIndex + examined.GetInteger() - start : taken;
            if (taken < 0 || seen < taken || seen > _length)
            {
                throw new InvalidOperationException($"{taken} bytes are consumed and {seen} examined of {_length}: the first cannot be more than the second, nor that more than all.");
            }

            _length -= taken;
            _examined = seen - taken;
            Release(block, place);
            if (!_isPaused || _length - _examined >= Math.Max(1, _most / 2))
            {
                return;
            }

            _isPaused = false;
        }

        Ask();
    }

    public override void CancelPendingRead()
    {
        ReadResult result;
        lock (_gate)
        {
            _isCancelled = true;
            if (!_isWaiting)
            {
                return;
            }

            _isWaiting = false;
            result = Take();
        }

        _read.SetResult(result);
    }

    public override void Complete(Exception? exception = null)
    {
        bool wasPaused;
        lock (_gate)
        {
            _isCompleted = true;
            wasPaused = _isPaused;
            _isPaused = false;
            if (_hasEnded)
            {
                // Not before: what is just being handed over is to be read.
                ReleaseAll();
            }
        }

        if (wasPaused)
        {
            End(null);
        }
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        _registration.Unregister();
        (_cancellation, _registration) = (default, default);
        return _read.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags);

    private void ThrowIfRead()
    {
        if (_isCompleted || _isWaiting)
        {
            throw new InvalidOperationException(_isCompleted ? "Its reader has said that he reads no more." : "Another read is under way.");
        }
    }

    private ReadResult Take()
    {
        var isCancelled = _isCancelled;
        _isCancelled = false;
        var buffer = _first is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(_first, _start, _last!, _last!.Memory.Length);
        return new ReadResult(buffer, isCancelled, _hasEnded);
    }

    private void Watch(CancellationToken cancellationToken)
    {
        var registration = cancellationToken.UnsafeRegister(static (input, token) => ((LoopInput)input!).OnCancelled(token), this);
        lock (_gate)
        {
            if (_isWaiting)
            {
                _registration = registration;
                return;
            }
        }

        registration.Unregister();
    }

    private void OnCancelled(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (!_isWaiting || _cancellation != cancellation)
            {
                return;
            }

            _isWaiting = false;
        }

        _read.SetException(new OperationCanceledException(cancellation));
    }

    // Into no memory: an idle connection holds none.
    private void Ask()
    {
        _isAsking = true;
        try
        {
            if (!IsHere(_socket.ReceiveAsync(Memory<byte>.Empty)))
            {
                return;
            }
        }
        catch (Exception exception)
        {
            End(exception);
            return;
        }

        Receive();
    }

    // If not, it goes on when it is: nothing of the receiver's is touched here any more.
    private bool IsHere(ValueTask<int> receiving)
    {
        _receiving = receiving.ConfigureAwait(false).GetAwaiter();
        if (_receiving.IsCompleted)
        {
            return true;
        }

        _receiving.UnsafeOnCompleted(_onReceived);
        return false;
    }

    private void Receive()
    {
        Exception? fault = null;
        try
        {
            while (true)
            {
                var count = _receiving.GetResult();
                if (!_isAsking && count == 0)
                {
                    break;
                }

                if (!_isAsking && !TryAdd(count, out var isPaused))
                {
                    if (isPaused)
                    {
                        return;
                    }

                    break;
                }

                _isAsking = !_isAsking;
                if (!IsHere(_socket.ReceiveAsync(_isAsking ? Memory<byte>.Empty : Room())))
                {
                    return;
                }
            }
        }
        catch (Exception exception)
        {
            fault = exception;
        }

        End(fault);
    }

    private Memory<byte> Room()
    {
        lock (_gate)
        {
            _isFilling = true;
            if (_last is null || _last.Room.Length < LeastRoom)
            {
                var block = _spare ?? new InputBlock();
                _spare = null;
                block.Begin(_pool.Rent(), _last);
                _last = block;
                if (_first is null)
                {
                    (_first, _start) = (block, 0);
                }
            }

            return _last.Room;
        }
    }

    // Has the reader go on; false if nothing more is to be received, or not before there is room.
    private bool TryAdd(int count, out bool isPaused)
    {
        bool isAwaited;
        ReadResult result = default;
        lock (_gate)
        {
            _isFilling = false;
            _last!.Fill(count);
            _length += count;
            isAwaited = _isWaiting && !_isCompleted;
            if (isAwaited)
            {
                _isWaiting = false;
                result = Take();
            }
        }

        if (isAwaited)
        {
            _read.SetResult(result);
        }

        lock (_gate)
        {
            isPaused = !_isCompleted && !_isStopped && _most > 0 && _length - _examined >= _most;
            _isPaused = isPaused;
            return !isPaused && !_isCompleted && !_isStopped;
        }
    }

    private void End(Exception? error)
    {
        var fault = _faultOf(error);
        bool isAwaited;
        ReadResult result = default;
        lock (_gate)
        {
            (_hasEnded, _fault, _isFilling) = (true, fault, false);
            if (_isCompleted)
            {
                ReleaseAll();
            }

            isAwaited = _isWaiting;
            _isWaiting = false;
            if (isAwaited)
            {
                result = Take();
            }
        }

        try
        {
            if (isAwaited && fault is not null)
            {
                _read.SetException(fault);
            }
            else if (isAwaited)
            {
                _read.SetResult(result);
            }
        }
        finally
        {
            _onEnded();
        }
    }

    // All before a place in a block, and that block too if nothing is left in it and nothing comes into it.
    private void Release(InputBlock block, int place)
    {
        while (_first != block || (place == _first.Memory.Length && (_first != _last || !_isFilling)))
        {
            var next = _first!.Following;
            var isLast = _first == block;
            _first.End();
            _spare ??= _first;
            _first = next;
            if (isLast && next is null)
            {
                (_last, _start) = (null, 0);
                return;
            }

            if (isLast)
            {
                (block, place) = (next!, 0);
            }
        }

        _start = place;
    }

    private void ReleaseAll()
    {
        if (_last is not null)
        {
            _length = 0;
            Release(_last, _last.Memory.Length);
        }
    }

    /// <summary>A piece of what has come.</summary>
    private sealed class InputBlock : ReadOnlySequenceSegment<byte>
    {
        private IMemoryOwner<byte>? _memory;

        /// <summary>The one behind it.</summary>
        public InputBlock? Following { get; private set; }

        /// <summary>What is not filled yet.</summary>
        public Memory<byte> Room => _memory!.Memory[Memory.Length..];

        /// <summary>Takes memory, behind another block or as the first.</summary>
        public void Begin(IMemoryOwner<byte> memory, InputBlock? before)
        {
            _memory = memory;
            Memory = default;
            RunningIndex = 0;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
                before.Following = this;
            }
        }

        /// <summary>Counts what has come into it.</summary>
        public void Fill(int count) => Memory = _memory!.Memory[..(Memory.Length + count)];

        /// <summary>Gives its memory back.</summary>
        public void End()
        {
            _memory?.Dispose();
            _memory = null;
            Memory = default;
            Next = null;
            Following = null;
        }
    }
}
