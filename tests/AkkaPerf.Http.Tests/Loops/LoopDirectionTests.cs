using System.Net.Sockets;
using AkkaPerf.Http.Loops;

namespace AkkaPerf.Http.Tests.Loops;

/// <summary>When a socket is asked, and when its word is waited for.</summary>
public sealed class LoopDirectionTests
{
    private static readonly byte[] Room = new byte[10];

    [Fact]
    public async Task A_read_that_got_less_than_it_had_room_for_is_the_last_until_there_is_more()
    {
        var direction = new Scripted(4, 6);
        Assert.Equal(4, await direction.TransferAsync(Room, CancellationToken.None));
        var next = direction.TransferAsync(Room, CancellationToken.None);
        Assert.Equal((false, 1, false), (next.IsCompleted, direction.Calls, direction.IsReady));
        direction.Become(hasEnded: false);
        Assert.Equal((6, 2), (await next, direction.Calls));
    }

    [Fact]
    public async Task A_read_that_got_all_it_had_room_for_is_followed_by_another_try()
    {
        var direction = new Scripted(10, SocketError.WouldBlock, 3);
        Assert.Equal(10, await direction.TransferAsync(Room, CancellationToken.None));
        Assert.True(direction.IsReady);
        var next = direction.TransferAsync(Room, CancellationToken.None);
        Assert.Equal((false, 2), (next.IsCompleted, direction.Calls));
        direction.Become(hasEnded: false);
        Assert.Equal(3, await next);
    }

    [Fact]
    public async Task The_end_is_not_told_twice_so_all_of_it_is_read()
    {
        var direction = new Scripted(4, 0, 0);
        direction.Become(hasEnded: true);
        Assert.Equal(4, await direction.TransferAsync(Room, CancellationToken.None));
        Assert.Equal(0, await direction.TransferAsync(Room, CancellationToken.None));
        Assert.Equal(0, await direction.TransferAsync(Room, CancellationToken.None));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_becomes_ready_during_a_read_is_not_forgotten(bool isShort)
    {
        Scripted direction = null!;
        direction = isShort ? new Scripted((Action)OnRead, 4, 5) : new Scripted((Action)OnRead, SocketError.WouldBlock, 5);
        var first = await direction.TransferAsync(Room, CancellationToken.None);
        Assert.Equal(isShort ? 4 : 5, first);
        if (isShort)
        {
            Assert.Equal(5, await direction.TransferAsync(Room, CancellationToken.None));
        }

        void OnRead() => direction.Become(hasEnded: false);
    }

    [Fact]
    public async Task Into_no_memory_a_read_only_waits()
    {
        var direction = new Scripted(4, 2);
        Assert.Equal(4, await direction.TransferAsync(Room, CancellationToken.None));
        var wait = direction.TransferAsync(Memory<byte>.Empty, CancellationToken.None);
        Assert.False(wait.IsCompleted);
        direction.Become(hasEnded: false);
        Assert.Equal((0, 1), (await wait, direction.Calls));
        Assert.Equal(2, await direction.TransferAsync(Room, CancellationToken.None));
    }

    [Fact]
    public async Task A_write_goes_on_until_all_is_written()
    {
        var direction = new Scripted(4, SocketError.WouldBlock, SocketError.Interrupted, 5, SocketError.WouldBlock, 1) { Whole = true };
        var write = direction.TransferAsync(Room, CancellationToken.None);
        Assert.False(write.IsCompleted);
        direction.Become(hasEnded: false);
        Assert.False(write.IsCompleted);
        direction.Become(hasEnded: false);
        Assert.Equal((10, 6), (await write, direction.Calls));
    }

    [Fact]
    public async Task An_error_is_told_at_once_and_later()
    {
        var direction = new Scripted(SocketError.ConnectionReset, SocketError.WouldBlock, SocketError.ConnectionReset);
        Assert.Equal(SocketError.ConnectionReset, (await Assert.ThrowsAsync<SocketException>(ReadAsync)).SocketErrorCode);
        var later = Assert.ThrowsAsync<SocketException>(ReadAsync);
        Assert.False(later.IsCompleted);
        direction.Become(hasEnded: true);
        Assert.Equal(SocketError.ConnectionReset, (await later).SocketErrorCode);

        Task ReadAsync() => direction.TransferAsync(Room, CancellationToken.None).AsTask();
    }

    [Fact]
    public async Task One_at_a_time()
    {
        var direction = new Scripted(SocketError.WouldBlock, 1);
        var first = direction.TransferAsync(Room, CancellationToken.None);
        await Assert.ThrowsAsync<InvalidOperationException>(() => direction.TransferAsync(Room, CancellationToken.None).AsTask());
        direction.Become(hasEnded: false);
        Assert.Equal(1, await first);
    }

    [Fact]
    public async Task Whoever_leaves_takes_nothing_with_him()
    {
        var direction = new Scripted(SocketError.WouldBlock, 7);
        using var leaving = new CancellationTokenSource();
        var read = direction.TransferAsync(Room, leaving.Token).AsTask();
        await leaving.CancelAsync();
        Assert.Equal(leaving.Token, (await Assert.ThrowsAsync<OperationCanceledException>(() => read)).CancellationToken);
        direction.Become(hasEnded: false);
        Assert.Equal(1, direction.Calls);
        await Assert.ThrowsAsync<TaskCanceledException>(() => direction.TransferAsync(Room, leaving.Token).AsTask());
        Assert.Equal(7, await direction.TransferAsync(Room, CancellationToken.None));
    }

    [Fact]
    public async Task Who_leaves_while_it_begins_to_wait_is_let_go()
    {
        using var leaving = new CancellationTokenSource();
        var direction = new Scripted((Action)leaving.Cancel, SocketError.WouldBlock, 7);
        await Assert.ThrowsAsync<OperationCanceledException>(() => direction.TransferAsync(Room, leaving.Token).AsTask());
        direction.Become(hasEnded: false);
        Assert.Equal(7, await direction.TransferAsync(Room, CancellationToken.None));
    }

    [Fact]
    public async Task Once_closed_what_waits_is_aborted_and_nothing_begins()
    {
        var direction = new Scripted(SocketError.WouldBlock);
        var read = direction.TransferAsync(Room, CancellationToken.None).AsTask();
        Assert.True(direction.TryClose());
        direction.Become(hasEnded: true);
        direction.Abort();
        Assert.Equal(SocketError.OperationAborted, (await Assert.ThrowsAsync<SocketException>(() => read)).SocketErrorCode);
        Assert.False(direction.TryClose());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => direction.TransferAsync(Room, CancellationToken.None).AsTask());
        Assert.Equal(1, direction.Calls);
    }

    [Fact]
    public async Task What_runs_while_it_is_closed_does_not_begin_to_wait()
    {
        Scripted direction = null!;
        direction = new Scripted((Action)(() => Assert.False(direction.TryClose())), SocketError.WouldBlock);
        var failure = await Assert.ThrowsAsync<SocketException>(() => direction.TransferAsync(Room, CancellationToken.None).AsTask());
        Assert.Equal(SocketError.OperationAborted, failure.SocketErrorCode);
    }

    /// <summary>A socket that does what it is told: gives so many bytes, fails, or lets something happen first.</summary>
    private sealed class Scripted(params object[] steps) : LoopDirection(isReady: true)
    {
        private readonly Queue<object> _steps = new(steps);

        public int Calls { get; private set; }

        public bool Whole { get; init; }

        public void Become(bool hasEnded)
        {
            if (OnReady(hasEnded))
            {
                Resume();
            }
        }

        protected override bool IsWhole => Whole;

        protected override int Transfer(Span<byte> bytes, out SocketError error)
        {
            if (_steps.Peek() is Action happens)
            {
                _steps.Dequeue();
                happens();
            }

            Calls++;
            var step = _steps.Dequeue();
            error = step as SocketError? ?? SocketError.Success;
            return step as int? ?? 0;
        }
    }
}
