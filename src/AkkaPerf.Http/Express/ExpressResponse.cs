using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AkkaPerf.Http.Express;

/// <summary>A response on its way to the client, used again for the next one on its connection.</summary>
internal sealed class ExpressResponse : HttpResponse
{
    private readonly ExpressContext _context;
    private readonly ExpressBody _body;
    private Stream? _stream;
    private Stack<(Func<object, Task> Callback, object State)>? _starting;
    private Stack<(Func<object, Task> Callback, object State)>? _completed;
    private ResponseCookiesFeature? _cookies;
    private int _status = StatusCodes.Status200OK;

    public ExpressResponse(ExpressContext context, PipeWriter output)
    {
        _context = context;
        _body = new ExpressBody(this, context, output);
    }

    /// <summary>The fields.</summary>
    public ExpressFields Fields { get; } = new();

    /// <summary>What the status is called; null for the usual phrase.</summary>
    public string? Reason { get; set; }

    /// <summary>Whether the connection ends with it.</summary>
    public bool IsLast { get; set; }

    /// <summary>Whether somebody wants to change the head before it is sent.</summary>
    public bool IsAwaited => _starting is { Count: > 0 };

    /// <summary>Whether somebody wants to know of its end.</summary>
    public bool IsFollowed => _completed is { Count: > 0 };

    public override HttpContext HttpContext => _context;

    public override int StatusCode
    {
        get => _status;
        set
        {
            ThrowIfStarted();
            _status = value;
            Reason = null;
        }
    }

    public override IHeaderDictionary Headers => Fields;

    public override Stream Body
    {
        get => _context.Exchanged<IHttpResponseBodyFeature>()?.Stream ?? OwnStream;
        set => _context.Features.Set<IHttpResponseBodyFeature>(
            ReferenceEquals(value, OwnStream) ? null : new StreamResponseBodyFeature(value, _context.Features.Get<IHttpResponseBodyFeature>()!));
    }

    public override PipeWriter BodyWriter => _context.Exchanged<IHttpResponseBodyFeature>()?.Writer ?? _body;

    /// <summary>Writes to what the client gets, whatever stands before it.</summary>
    public Stream OwnStream => _stream ??= new ExpressStream(_body);

    /// <summary>The same.</summary>
    public PipeWriter OwnWriter => _body;

    public override long? ContentLength
    {
        get => Fields.ContentLength;
        set => Fields.ContentLength = value;
    }

    public override string? ContentType
    {
        get => Fields["Content-Type"];
        set => Fields["Content-Type"] = value;
    }

    public override IResponseCookies Cookies =>
        (_context.Exchanged<IResponseCookiesFeature>() ?? (_cookies ??= new ResponseCookiesFeature(_context.Features))).Cookies;

    public override bool HasStarted => _body.HasStarted;

    public override void OnStarting(Func<object, Task> callback, object state)
    {
        ThrowIfStarted();
        (_starting ??= new()).Push((callback, state));
    }

    public override void OnCompleted(Func<object, Task> callback, object state) => (_completed ??= new()).Push((callback, state));

    public override void Redirect(string location, bool permanent)
    {
        StatusCode = permanent ? StatusCodes.Status301MovedPermanently : StatusCodes.Status302Found;
        Fields["Location"] = location;
    }

    public override Task StartAsync(CancellationToken cancellationToken = default) =>
        _context.Exchanged<IHttpResponseBodyFeature>()?.StartAsync(cancellationToken) ?? OwnStartAsync(cancellationToken);

    /// <summary>Sends the head.</summary>
    public Task OwnStartAsync(CancellationToken cancellationToken) => _body.StartAsync(cancellationToken).AsTask();

    public override Task CompleteAsync() => _context.Exchanged<IHttpResponseBodyFeature>()?.CompleteAsync() ?? FinishAsync().AsTask();

    /// <summary>Ends what the client gets.</summary>
    public ValueTask FinishAsync() => _body.FinishAsync();

    /// <summary>Ends it before its end.</summary>
    public void BreakOff() => _body.BreakOff();

    /// <summary>Lets those who wait for the head change it, the last one first.</summary>
    public async ValueTask TellStartingAsync()
    {
        while (_starting!.TryPop(out var one))
        {
            await one.Callback(one.State).ConfigureAwait(false);
        }
    }

    /// <summary>The next that wants to know of the end; false if there is none.</summary>
    public bool TryTakeCompleted(out (Func<object, Task> Callback, object State) one)
    {
        if (_completed is null)
        {
            one = default;
            return false;
        }

        return _completed.TryPop(out one);
    }

    /// <summary>Forgets what was to be answered, but not who wants to know of the end.</summary>
    public void Reset()
    {
        Fields.IsReadOnly = false;
        Fields.Clear();
        _starting?.Clear();
        _body.Drop();
        _status = StatusCodes.Status200OK;
        Reason = null;
    }

    /// <summary>Forgets the response before.</summary>
    public void Clear()
    {
        Reset();
        _completed?.Clear();
        _body.Clear();
        _cookies = null;
        IsLast = false;
    }

    private void ThrowIfStarted()
    {
        if (HasStarted)
        {
            throw new InvalidOperationException("The response's head has been sent already.");
        }
    }
}
