using System.Buffers;
using System.IO.Pipelines;
using AkkaPerf.Http.Sending;

namespace AkkaPerf.Http.Tests.Sending;

/// <summary>The output that its writer sends himself.</summary>
public abstract class SocketOutputTests(bool usesEventLoops)
{
    // More than a connection of a SocketPair holds.
    private const int Much = 8 * 1024 * 1024;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(32 * 1024)]
    [InlineData((32 * 1024) + 1)]
    [InlineData(1_000_003)]
    public async Task What_is_written_arrives(int length)
    {
        using var pair = await SocketPair.OpenAsync(usesEventLoops);
        var output = new SocketOutput(pair.Sender, new Pipe().Writer.CompleteAsync);
        var bytes = Bytes(length, seed: 1);
        output.Write("head"u8);
        output.Write(bytes);
        Assert.Equal(4 + length, output.UnflushedBytes);
        var flush = output.FlushAsync();
        var got = await pair.ReadAsync(4 + length);
        Assert.Equal(default, await flush);
        Assert.Equal("head"u8, got.AsSpan(0, 4));
        Assert.Equal(bytes, got.AsSpan(4));
        Assert.Equal(0, output.UnflushedBytes);
    }

    [Fact]
    public async Task A_flush_waits_until_the_socket_has_taken_everything()
    {
        using var pair = await SocketPair.OpenAsync(usesEventLoops);
        var output = new SocketOutput(pair.Sender, new Pipe().Writer.CompleteAsync);
        var bytes = Bytes(Much, seed: 2);
        var flush = output.WriteAsync(bytes);
        Assert.False(flush.IsCompleted);
        Assert.Equal(bytes, await pair.ReadAsync(Much));
        Assert.Equal(default, await flush);
    }

    [Fact]
    public async Task A_cancelled_flush_is_left_and_the_next_one_goes_behind_it()
    {
        using var pair = await SocketPair.OpenAsync(usesEventLoops);
        var output = new SocketOutput(pair.Sender, new Pipe().Writer.CompleteAsync);
        var bytes = Bytes(Much + 4, seed: 3);
        var first = output.WriteAsync(bytes.AsMemory(0, Much));
        output.CancelPendingFlush();
        Assert.True((await first).IsCanceled);
        var second = output.WriteAsync(bytes.AsMemory(Much));
        Assert.False(second.IsCompleted);
        Assert.Equal(bytes, await pair.ReadAsync(bytes.Length));
        Assert.False((await second).IsCanceled);
    }

    [Fact]
    public async Task With_no_flush_to_cancel_the_next_one_is()
    {
        using var pair = await SocketPair.OpenAsync(usesEventLoops);
        var output = new SocketOutput(pair.Sender, new Pipe().Writer.CompleteAsync);
        output.CancelPendingFlush();
        Assert.True((await output.WriteAsync("a"u8.ToArray())).IsCanceled);
        Assert.False((await output.WriteAsync("b"u8.ToArray())).IsCanceled);
        Assert.Equal("ab"u8.ToArray(), await pair.ReadAsync(2));
    }

    [Fact]
    public async Task A_token_ends_the_wait()
    {
        using var pair = await SocketPair.OpenAsync(usesEventLoops);
        using var stop = new CancellationTokenSource();
        var output = new SocketOutput(pair.Sender, new Pipe().Writer.CompleteAsync);
        var flush = output.WriteAsync(Bytes(Much, seed: 4), stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await flush);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(Much)]
    public async Task A_socket_that_is_gone_ends_the_transport_and_says_so(int length)
    {
        using var pair = await SocketPair.OpenAsync(usesEventLoops);
        var transport = new Pipe();
        var output = new SocketOutput(pair.Sender, transport.Writer.CompleteAsync);
        pair.Sender.Dispose();
        Assert.True((await output.WriteAsync(new byte[length])).IsCompleted);
        Assert.True((await transport.Reader.ReadAsync()).IsCompleted);

        // And goes on saying so.
        Assert.True((await output.WriteAsync(new byte[length])).IsCompleted);
        Assert.Equal(0, output.UnflushedBytes);
    }

    [Fact]
    public async Task A_socket_that_goes_while_a_flush_waits_ends_the_wait()
    {
        using var pair = await SocketPair.OpenAsync(usesEventLoops);
        var transport = new Pipe();
        var output = new SocketOutput(pair.Sender, transport.Writer.CompleteAsync);
        var flush = output.WriteAsync(Bytes(Much, seed: 5));
        Assert.False(flush.IsCompleted);
        pair.Sender.Dispose();
        Assert.True((await flush).IsCompleted);
        Assert.True((await transport.Reader.ReadAsync()).IsCompleted);
        await output.StopAsync();
    }

    [Fact]
    public async Task What_was_written_before_the_end_is_sent_before_it()
    {
        using var pair = await SocketPair.OpenAsync(usesEventLoops);
        var transport = new Pipe();
        var output = new SocketOutput(pair.Sender, transport.Writer.CompleteAsync);
        var bytes = Bytes(Much, seed: 6);
        output.Write(bytes);
        output.Complete();
        var end = transport.Reader.ReadAsync();
        Assert.False(end.IsCompleted);
        Assert.Equal(bytes, await pair.ReadAsync(Much));
        Assert.True((await end).IsCompleted);
        await output.StopAsync();
    }

    [Fact]
    public async Task Stopping_waits_for_what_is_on_its_way()
    {
        using var pair = await SocketPair.OpenAsync(usesEventLoops);
        var output = new SocketOutput(pair.Sender, new Pipe().Writer.CompleteAsync);
        var bytes = Bytes(Much, seed: 7);
        var flush = output.WriteAsync(bytes);
        var stop = output.StopAsync();
        Assert.False(stop.IsCompleted);
        Assert.Equal(bytes, await pair.ReadAsync(Much));
        await stop;
        await flush;
    }

    [Fact]
    public void More_than_was_given_cannot_be_advanced()
    {
        var output = new SocketOutput(link: null!, new Pipe().Writer.CompleteAsync);
        Assert.Throws<ArgumentOutOfRangeException>(() => output.Advance(1));
        var room = output.GetMemory(100_000).Length;
        Assert.True(room >= 100_000);
        Assert.Throws<ArgumentOutOfRangeException>(() => output.Advance(room + 1));
        output.Advance(room);
    }

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
