using AkkaPerf.Exchanges;
using AkkaPerf.Http.Proxying;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Routing;

/// <summary>Slows those down who go on asking while they are refused: a refusal is cheap, a million of them are not.</summary>
/// <remarks>
/// Rule: above a number of refusals a second, an HTTP/1.1 connection is not read on for a while after its answer, and an HTTP/2 answer is held
/// back as long, for its connection serves others too. Only so many wait at once; beyond them HTTP/1.1 connections are closed. Any thread.
/// </remarks>
internal sealed class OverloadGuard
{
    private readonly OverloadOptions _options;
    private readonly TimeProvider _time;
    private long _second;
    private int _now;
    private int _before;
    private int _paused;

    public OverloadGuard(OverloadOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
    }

    /// <summary>How many wait at this moment.</summary>
    public int Paused => Volatile.Read(ref _paused);

    /// <summary>Writes a refusal, and has the client wait if there are too many.</summary>
    public Task RefuseAsync(HttpContext context, RefusalReason reason, TimeSpan? retryAfter)
    {
        var problem = Problem.Of(reason);
        if (reason is not (RefusalReason.QueueFull or RefusalReason.RateLimited) || !IsTooMany())
        {
            return problem.WriteToAsync(context, retryAfter);
        }

        var isFirst = HttpProtocol.IsHttp11(context.Request.Protocol) || HttpProtocol.IsHttp10(context.Request.Protocol);
        if (_options.Pause > TimeSpan.Zero && Interlocked.Increment(ref _paused) <= _options.MaxPaused)
        {
            return isFirst ? AnswerAndPauseAsync(context, problem, retryAfter) : PauseAndAnswerAsync(context, problem, retryAfter);
        }

        if (_options.Pause > TimeSpan.Zero)
        {
            Interlocked.Decrement(ref _paused);
        }

        if (isFirst)
        {
            context.Response.Headers.Connection = "close";
        }

        return problem.WriteToAsync(context, retryAfter);
    }

    // Of this second or of the last: what began within a second goes on to its end.
    private bool IsTooMany()
    {
        if (_options.Threshold == 0)
        {
            return false;
        }

        var second = _time.GetTimestamp() / _time.TimestampFrequency;
        var known = Volatile.Read(ref _second);
        if (second != known && Interlocked.CompareExchange(ref _second, second, known) == known)
        {
            var last = Interlocked.Exchange(ref _now, 0);
            Volatile.Write(ref _before, second == known + 1 ? last : 0);
        }

        return Interlocked.Increment(ref _now) > _options.Threshold || Volatile.Read(ref _before) > _options.Threshold;
    }

    private async Task AnswerAndPauseAsync(HttpContext context, Problem problem, TimeSpan? retryAfter)
    {
        try
        {
            await problem.WriteToAsync(context, retryAfter).ConfigureAwait(false);
            await context.Response.CompleteAsync().ConfigureAwait(false);
            await PauseAsync().ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _paused);
        }
    }

    private async Task PauseAndAnswerAsync(HttpContext context, Problem problem, TimeSpan? retryAfter)
    {
        try
        {
            await PauseAsync().ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _paused);
        }

        await problem.WriteToAsync(context, retryAfter).ConfigureAwait(false);
    }

    // Half of it by chance, so that they do not come back together. Not cut short when the client goes: nobody would be served any sooner.
    private Task PauseAsync() => Task.Delay(_options.Pause * (0.5 + (Random.Shared.NextDouble() / 2)), _time);
}
