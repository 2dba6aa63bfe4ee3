using System.Runtime.CompilerServices;
using AkkaPerf.Http.Sending;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace AkkaPerf.Http.Express;

/// <summary>Serves plain requests the short way: from a connection's bytes to the application and back, without the server's own HTTP/1.1 in between.</summary>
internal sealed partial class ExpressServer
{
    private readonly IServiceProvider _services;
    private readonly IHttpContextAccessor? _accessor;
    private readonly ILogger _logger;
    private volatile RequestDelegate? _handler;

    public ExpressServer(IServiceProvider services, ILogger<ExpressServer> logger)
    {
        _services = services;
        _accessor = services.GetService<IHttpContextAccessor>();
        _logger = logger;
    }

    /// <summary>The application; null while there is none, so that the server has everything.</summary>
    public RequestDelegate? Handler
    {
        get => _handler;
        set => _handler = value;
    }

    /// <summary>Wraps what handles a connection; one that does not speak HTTP/1.1 stays as it is.</summary>
    public ConnectionDelegate Wrap(ConnectionDelegate next, ListenOptions listener)
    {
        if (!listener.Protocols.HasFlag(HttpProtocols.Http1))
        {
            return next;
        }

        var limits = ExpressLimits.Of(listener.KestrelServerOptions);
        return connection => NegotiatedProtocol.IsHttp2(connection) ? next(connection) : HandleAsync(connection, next, limits);
    }

    /// <summary>What a connection's requests are served with.</summary>
    public ExpressContext CreateContext(ConnectionContext connection, ExpressLimits limits) => new(connection, _services, limits);

    /// <summary>Has the application begin to answer. What it does to the thread's context its caller takes back, once the answer has ended.</summary>
    public Task StartAsync(RequestDelegate handler, ExpressContext context)
    {
        if (_accessor is not null)
        {
            _accessor.HttpContext = context;
        }

        try
        {
            return handler(context);
        }
        catch (Exception exception)
        {
            return Task.FromException(exception);
        }
    }

    /// <summary>Ends a response; false if nothing more is to be read on the connection.</summary>
    /// <param name="context">The request and its response.</param>
    /// <param name="failure">What the application failed by; null if it did not.</param>
    public ValueTask<bool> EndAsync(ExpressContext context, Exception? failure)
    {
        var finish = FinishAsync(context, failure);

        // Most have nothing that would have to be waited for.
        return finish.IsCompletedSuccessfully && !context.IsHeld ? new(Conclude(context)) : EndAsync(context, finish);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> EndAsync(ExpressContext context, ValueTask finish)
    {
        try
        {
            await finish.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await FailLateAsync(context, exception).ConfigureAwait(false);
        }

        while (context.Answer.TryTakeCompleted(out var one))
        {
            await EndAsync(context, one).ConfigureAwait(false);
        }

        try
        {
            await context.EndAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            RequestFailed(context.TraceIdentifier, exception);
        }

        return Conclude(context);
    }

    private ValueTask FinishAsync(ExpressContext context, Exception? failure)
    {
        if (failure is not null)
        {
            Fail(context, failure);
        }

        try
        {
            return context.IsGone ? default : context.Answer.FinishAsync();
        }
        catch (Exception exception)
        {
            return ValueTask.FromException(exception);
        }
    }

    private bool Conclude(ExpressContext context)
    {
        var isLast = context.Answer.IsLast || context.IsGone;
        context.Clear();
        if (_accessor is not null)
        {
            // Whoever goes on in the background finds none any more.
            _accessor.HttpContext = null;
        }

        return !isLast;
    }

    private async Task HandleAsync(ConnectionContext connection, ConnectionDelegate next, ExpressLimits limits)
    {
        var transport = connection.Transport;
        connection.Transport = new DuplexPipe(new ExpressInput(connection, this, limits), transport.Output);
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            connection.Transport = transport;
        }
    }

    // What came before the head was sent can still be told.
    private async ValueTask FailLateAsync(ExpressContext context, Exception exception)
    {
        try
        {
            Fail(context, exception);
            if (!context.IsGone)
            {
                await context.Answer.FinishAsync().ConfigureAwait(false);
            }
        }
        catch (Exception again)
        {
            RequestFailed(context.TraceIdentifier, again);
            context.Abort();
        }
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

    [LoggerMessage(EventId = 710, Level = LogLevel.Error, Message = "Request {Id} failed by an exception of the application.")]
    private partial void RequestFailed(string id, Exception exception);

    [LoggerMessage(EventId = 711, Level = LogLevel.Debug, Message = "Request {Id} is bad: {Fault}")]
    private partial void RequestRefused(string id, string fault);
}
