using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using AkkaPerf.Http.Sending;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Sending;

/// <summary>The output that sends together what is flushed at about the same moment.</summary>
public sealed class GatheredOutputTests
{
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 1, useSynchronizationContext: false));
    private readonly Queue<IThreadPoolWorkItem> _turns = new();
    private readonly GatheredOutput _output;

    public GatheredOutputTests() => _output = new GatheredOutput(_pipe.Writer, _turns.Enqueue);

    [Fact]
    public async Task What_is_flushed_before_its_turn_goes_out_together()
    {
        foreach (var text in (string[])["one ", "two ", "three"])
        {
            var flush = Write(text);
            Assert.True(flush.IsCompletedSuccessfully);
            Assert.Equal(default, await flush);
        }

        Assert.Equal("", Read());
        Take(_turns);
        Assert.Equal("one two three", Read());
        Assert.Empty(_turns);
    }

    [Fact]
    public void Nothing_goes_while_something_is_being_written_and_all_of_it_as_soon_as_it_is()
    {
        _ = Write("one ");
        var memory = _output.GetMemory(3);
        Take(_turns);
        Assert.Equal("", Read());
        "two"u8.CopyTo(memory.Span);
        _output.Advance(3);
        Take(_turns);
        Assert.Equal("one two", Read());
    }

    // As the server does with the head of a stream that its client has reset.
    [Fact]
    public void What_was_flushed_goes_though_what_is_written_next_is_never_flushed()
    {
        _ = Write("one ");
        _output.Write("two"u8);
        Take(_turns);
        Assert.Equal("one two", Read());
        Assert.Empty(_turns);
    }

    [Fact]
    public void Much_does_not_wait_nor_does_what_came_before_it()
    {
        _ = Write("one ");
        _ = Write(new string('x', 16 * 1024));
        Assert.Equal("one " + new string('x', 16 * 1024), Read());
        Take(_turns);
        Assert.Equal("", Read());
    }

    [Fact]
    public void Where_nothing_comes_together_flushes_do_not_wait_but_for_a_trial_now_and_then()
    {
        var waited = new List<int>();
        for (var i = 0; i < 1000; i++)
        {
            _ = Write("x");
            if (_turns.Count > 0)
            {
                waited.Add(i);
                Take(_turns);
            }

            Assert.Equal("x", Read());
        }

        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 264, 521, 778], waited);
    }

    [Fact]
    public void A_trial_that_finds_something_is_the_end_of_that()
    {
        for (var i = 0; i < 264; i++)
        {
            _ = Write("x");
            Take(_turns);
        }

        _ = Write("one ");
        _ = Write("two");
        Take(_turns);
        for (var i = 0; i < 7; i++)
        {
            _ = Write("y");
            Assert.Single(_turns);
            Take(_turns);
        }

        Assert.Equal(new string('x', 264) + "one two" + new string('y', 7), Read());
    }

    [Fact]
    public async Task A_flush_behind_one_that_is_slow_waits_for_both()
    {
        var half = new string('x', 12 * 1024);
        for (var i = 0; i < 6; i++)
        {
            _ = Write(half);
            Take(_turns);
        }

        // The sixth was more than the reader's pipe takes.
        var flush = Write("y");
        Assert.False(flush.IsCompleted);
        Assert.Empty(_turns);
        Assert.Equal(6 * half.Length, Read().Length);
        Assert.Equal(default, await flush);
        Assert.Equal("y", Read());
        _ = Write("z");
        Take(_turns);
        Assert.Equal("z", Read());
    }

    [Fact]
    public async Task A_slow_flush_that_is_cancelled_is_left()
    {
        for (var i = 0; i < 6; i++)
        {
            _ = Write(new string('x', 12 * 1024));
            Take(_turns);
        }

        var flush = Write("y");
        Assert.False(flush.IsCompleted);
        _output.CancelPendingFlush();
        Assert.True((await flush).IsCanceled);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_waits_goes_out_at_the_end(bool isCompleted)
    {
        _ = Write("last words");
        if (isCompleted)
        {
            _output.Complete();
        }
        else
        {
            await _output.StopAsync();
        }

        Assert.Equal("last words", Read());
        Take(_turns);
    }

    [Fact]
    public async Task What_has_not_been_flushed_is_not_let_go()
    {
        var memory = _output.GetMemory(3);
        "two"u8.CopyTo(memory.Span);
        _output.Advance(3);
        await _output.StopAsync();
        Assert.Equal("", Read());
    }

    [Fact]
    public async Task A_turn_after_the_end_does_nothing()
    {
        _ = Write("one");
        await _output.StopAsync();
        _pipe.Writer.Complete();
        Take(_turns);
        Assert.Equal("one", Read());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_end_waits_for_what_is_on_its_way_and_takes_the_rest_along(bool isAwaited)
    {
        var stream = new HeldStream();
        var output = new GatheredOutput(PipeWriter.Create(stream), _turns.Enqueue);
        await output.WriteAsync("one "u8.ToArray());
        Take(_turns);
        output.Write("two"u8);
        var completing = Task.CompletedTask;
        if (isAwaited)
        {
            completing = output.CompleteAsync().AsTask();
            Assert.False(completing.IsCompleted);
        }
        else
        {
            output.Complete();
        }

        Assert.False(stream.IsClosed.Task.IsCompleted);
        stream.Held.SetResult();
        await completing;
        await stream.IsClosed.Task;
        Assert.Equal("one two", stream.Text);
    }

    [Fact]
    public async Task A_flush_that_went_wrong_is_told_to_the_next_one()
    {
        var output = new GatheredOutput(PipeWriter.Create(new FailingStream()), _turns.Enqueue);
        await output.WriteAsync("one"u8.ToArray());
        Take(_turns);
        await Assert.ThrowsAsync<IOException>(async () => await output.WriteAsync("two"u8.ToArray()));
    }

    [Fact]
    public async Task That_nobody_reads_any_more_is_told_to_the_next_flush()
    {
        Assert.False((await Write("one")).IsCompleted);
        _pipe.Reader.Complete();
        Take(_turns);
        Assert.True((await Write("two")).IsCompleted);
    }

    // By the thread pool itself: a TLS stream's writer must not be written to while it flushes, a pipe may be.
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task Bytes_arrive_in_their_order_whenever_they_are_flushed(int seed, bool isStream)
    {
        var random = new Random(seed);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 4096, resumeWriterThreshold: 1, useSynchronizationContext: false));
        var reading = ReadAllAsync(pipe.Reader);
        var output = new GatheredOutput(isStream ? PipeWriter.Create(new YieldingStream(pipe.Writer.AsStream(), seed)) : pipe.Writer);
        var sent = new MemoryStream();
        for (var i = 0; i < 4000; i++)
        {
            for (var pieces = random.Next(1, 4); pieces > 0; pieces--)
            {
                var piece = new byte[random.Next(1, 700)];
                random.NextBytes(piece);
                sent.Write(piece);
                output.Write(piece);
            }

            await output.FlushAsync();
        }

        await output.FlushAsync();
        await output.CompleteAsync();
        await pipe.Writer.CompleteAsync();
        Assert.Equal(sent.ToArray(), await reading);
    }

    private static async Task<byte[]> ReadAllAsync(PipeReader reader)
    {
        var all = new MemoryStream();
        await reader.CopyToAsync(all);
        return all.ToArray();
    }

    private static void Take(Queue<IThreadPoolWorkItem> turns)
    {
        while (turns.TryDequeue(out var turn))
        {
            turn.Execute();
        }
    }

    private Task<FlushResult> Write(string text) => _output.WriteAsync(Encoding.ASCII.GetBytes(text)).AsTask();

    private string Read()
    {
        if (!_pipe.Reader.TryRead(out var result))
        {
            return "";
        }

        var text = Encoding.ASCII.GetString(result.Buffer);
        _pipe.Reader.AdvanceTo(result.Buffer.End);
        return text;
    }

    private sealed class FailingStream() : DelegatingStream(Null)
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException(new IOException("broken"));
    }

    /// <summary>Takes the first piece only once it is let.</summary>
    private sealed class HeldStream() : DelegatingStream(Null)
    {
        private readonly StringBuilder _text = new();

        public TaskCompletionSource Held { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource IsClosed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Text => _text.ToString();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Held.Task;
            _text.Append(Encoding.ASCII.GetString(buffer.Span));
        }

        public override ValueTask DisposeAsync()
        {
            IsClosed.TrySetResult();
            return base.DisposeAsync();
        }
    }

    private sealed class YieldingStream(Stream inner, int seed) : DelegatingStream(inner)
    {
        private readonly Random _random = new(seed);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (var yields = _random.Next(4); yields > 0; yields--)
            {
                await Task.Yield();
            }

            await Inner.WriteAsync(buffer, cancellationToken);
        }
    }
}
