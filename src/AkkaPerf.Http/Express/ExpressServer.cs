using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace AkkaPerf.Http.Express;

/// <summary>Serves plain requests the short way: from a connection's bytes to the application and back, without the server's own HTTP/1.1 in between.</summary>
internal sealed partial class ExpressServer
{
    private readonly IServiceProvider _services;
    private readonly ILogger _logger;
    private volatile RequestDelegate? _handler;

    public ExpressServer(IServiceProvider services, ILogger<ExpressServer> logger)
    {
        _services = services;
        _logger = logger;
    }

    /// <summary>The application; null while there is none, so that the server has everything.</summary>
    public RequestDelegate? Handler
    {
        get => _handler;
        set => _handler = value;
    }

    /// <summary>Wraps what handles a connection.</summary>
    public ConnectionDelegate Wrap(ConnectionDelegate next, KestrelServerLimits limits)
    {
        var own = ExpressLimits.Of(limits);
        return async connection =>
        {
            var transport = connection.Transport;
            var context = new ExpressContext(connection, transport.Output, connection.Features.Get<ITlsConnectionFeature>() is null ? "http" : "https", _services, own);
            connection.Transport = new Pipe(new ExpressInput(connection, this, own, context), transport.Output);
            try
            {
                await next(connection).ConfigureAwait(false);
            }
            finally
            {
                connection.Transport = transport;
            }
        };
    }

    /// <summary>Has the application answer; false if nothing more is to be read on the connection.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> ServeAsync(RequestDelegate handler, ExpressContext context)
    {
        try
        {
            await handler(context).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Fail(context, exception);
        }

        var response = context.Answer;
        if (!context.IsGone)
        {
            try
            {
                await response.FinishAsync().ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                Fail(context, exception);
                await response.FinishAsync().ConfigureAwait(false);
            }
        }

        while (response.TryTakeCompleted(out var one))
        {
            await EndAsync(context, one).ConfigureAwait(false);
        }

        await context.EndAsync().ConfigureAwait(false);
        return !response.IsLast;
    }

    private async ValueTask EndAsync(ExpressContext context, (Func<object, Task> Callback, object State) one)
    {
        try
        {
            await one.Callback(one.State).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            RequestFailed(context.TraceIdentifier, exception);
        }
    }

    // As the server does it: what has begun to go out is broken off, or else the client is told.
    private void Fail(ExpressContext context, Exception exception)
    {
        if (context.IsGone)
        {
            return;
        }

        if (exception is BadHttpRequestException)
        {
            RequestRefused(context.TraceIdentifier, exception.Message);
        }
        else
        {
            RequestFailed(context.TraceIdentifier, exception);
        }

        var response = context.Answer;
        if (response.HasStarted)
        {
            response.BreakOff();
            return;
        }

        response.Reset();
        response.ContentLength = 0;
        response.StatusCode = StatusCodes.Status500InternalServerError;
        if (exception is BadHttpRequestException bad)
        {
            response.StatusCode = bad.StatusCode;
            response.Headers.Connection = "close";
        }
    }

    [LoggerMessage(EventId = 60, Level = LogLevel.Error, Message = "Request {Id} failed by an exception of the application.")]
    private partial void RequestFailed(string id, Exception exception);

    [LoggerMessage(EventId = 61, Level = LogLevel.Debug, Message = "Request {Id} is bad: {Fault}")]
    private partial void RequestRefused(string id, string fault);

    private sealed class Pipe(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
