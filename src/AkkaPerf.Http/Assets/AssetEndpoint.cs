using AkkaPerf.Http.Compression;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Routing;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Assets;

/// <summary>Answers requests with files of a directory.</summary>
internal sealed class AssetEndpoint
{
    // A file that changes whenever we look cannot be sent.
    private const int Tries = 3;

    private readonly AssetLoader _loader;
    private readonly AssetStore _store;
    private readonly HttpRoute _route;
    private readonly string? _parameter;
    private readonly string _document;
    private readonly TimeProvider _time;

    /// <summary>Serves a directory.</summary>
    /// <param name="options">The directory, and how.</param>
    /// <param name="route">What is special about the route.</param>
    /// <param name="parameter">The pattern's parameter that has the path; null if the request's whole path is it.</param>
    /// <param name="time">The clock.</param>
    public AssetEndpoint(AssetOptions options, HttpRoute route, string? parameter, TimeProvider time)
    {
        _loader = new AssetLoader(options);
        _store = new AssetStore(options, _loader, route.Compression, time);
        _route = route;
        _parameter = parameter;
        _document = options.DefaultDocument;
        _time = time;
    }

    public async Task HandleAsync(HttpContext context)
    {
        if (MalformedRequest.Is(context))
        {
            await MalformedRequest.RefuseAsync(context).ConfigureAwait(false);
            return;
        }

        if (!_route.TryBegin(context, out var answer))
        {
            await answer.ConfigureAwait(false);
            return;
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            await Problem.MethodNotAllowed.WriteToAsync(context).ConfigureAwait(false);
            return;
        }

        var path = PathOf(context.Request);
        if (!AssetPath.IsServed(path))
        {
            await Problem.NoAsset.WriteToAsync(context).ConfigureAwait(false);
            return;
        }

        await FindAsync(context, path).ConfigureAwait(false);
    }

    private string PathOf(HttpRequest request) => _parameter is null
        ? request.Path.Value is { Length: > 1 } path ? path[1..] : ""
        : (string?)request.RouteValues.GetValueOrDefault(_parameter) ?? "";

    private async Task FindAsync(HttpContext context, string path)
    {
        if (AssetPath.IsDirectory(path))
        {
            // A path like /docs, routed by /docs/{**path}, is the directory's name as well, and is refused first for its links' sake.
            path = _document.Length > 0 && context.Request.Path.Value is [.., '/'] ? path + _document : path;
        }

        if (AssetPath.IsDirectory(path))
        {
            await RefuseAsync(context, path).ConfigureAwait(false);
            return;
        }

        var asset = await _store.FindAsync(path).ConfigureAwait(false);
        for (var i = 0; i < Tries && asset is not null; i++)
        {
            if (await TrySendAsync(context, asset).ConfigureAwait(false))
            {
                return;
            }

            asset = await _store.RefreshAsync(path).ConfigureAwait(false);
        }

        await (asset is null ? RefuseAsync(context, path) : Problem.AssetChanges.WriteToAsync(context)).ConfigureAwait(false);
    }

    private Task RefuseAsync(HttpContext context, string path)
    {
        // Relative links of a directory's document count from the directory.
        var request = context.Request;
        if (_document.Length > 0 && request.Path.Value is [.., not '/'] && _loader.IsDirectory(path))
        {
            context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
            context.Response.Headers.Location = $"{request.PathBase.ToUriComponent()}{request.Path.ToUriComponent()}/{request.QueryString}";
            context.Response.ContentLength = 0;
            return Task.CompletedTask;
        }

        return Problem.NoAsset.WriteToAsync(context);
    }

    // False if the file is another than the one that was looked at.
    private async Task<bool> TrySendAsync(HttpContext context, Asset asset)
    {
        var body = asset.Choose(AcceptEncoding.Read(context.Request.Headers.AcceptEncoding));
        if (asset.Made is not null && _route.Compression!.Choose(context.Request, isForAll: true) is not ContentCoding.Identity and var coding
            && await MakeAsync(asset.Made, coding, context.RequestAborted).ConfigureAwait(false) is { } made)
        {
            await AnswerAsync(context, new(asset, coding, made.Length, CodedTags.Suffixed(body.ETag, coding)), new AssetSource(made)).ConfigureAwait(false);
            return true;
        }

        if (AssetSource.Open(body) is not { } source)
        {
            return false;
        }

        using (source)
        {
            await AnswerAsync(context, new(asset, body.Coding, body.Length, body.ETag), source).ConfigureAwait(false);
        }

        return true;
    }

    private static ValueTask<ReadOnlyMemory<byte>?> MakeAsync(EncodedBodies made, ContentCoding coding, CancellationToken cancellationToken) =>
        made.TryGet(coding, out var bytes) ? new(bytes) : made.EncodeAsync(coding, cancellationToken);

    private async Task AnswerAsync(HttpContext context, AssetChoice choice, AssetSource source)
    {
        try
        {
            await SendAsync(context, choice, source).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // Some of it may have gone out: the client must not take it for the whole.
            context.Abort();
        }
    }

    private Task SendAsync(HttpContext context, in AssetChoice choice, AssetSource source)
    {
        var response = context.Response;
        var now = _time.GetUtcNow();
        var status = AssetConditions.StatusOf(context.Request, choice, now);
        if (status == StatusCodes.Status412PreconditionFailed)
        {
            return Problem.PreconditionFailed.WriteToAsync(context);
        }

        var ranges = status == StatusCodes.Status200OK ? AssetConditions.RangesOf(context.Request, choice, now) : null;
        if (ranges is [])
        {
            response.Headers.ContentRange = FormattableString.Invariant($"bytes */{choice.Length}");
            return Problem.NoSuchRange.WriteToAsync(context);
        }

        WriteHead(response, choice);
        if (status == StatusCodes.Status304NotModified)
        {
            response.StatusCode = status;
            response.Headers.ETag = CodedTags.OfNotModified(context.Request.Headers.IfNoneMatch, choice.ETag, choice.Coding);
            return Task.CompletedTask;
        }

        response.ContentType = choice.Asset.ContentType;
        if (choice.Coding != ContentCoding.Identity)
        {
            response.Headers.ContentEncoding = CodingNames.Of(choice.Coding);
        }

        if (ranges is not null)
        {
            return AssetRanges.SendAsync(response, source, ranges, choice);
        }

        response.ContentLength = choice.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : source.SendAsync(response, 0, choice.Length, context.RequestAborted);
    }

    private static void WriteHead(HttpResponse response, in AssetChoice choice)
    {
        var headers = response.Headers;
        headers.ETag = choice.ETag;
        headers.LastModified = choice.Asset.LastModifiedText;
        headers.CacheControl = choice.Asset.CacheControl;
        headers.AcceptRanges = "bytes";
        if (choice.Asset.HasNeighbours || choice.Asset.Made is not null)
        {
            CompressionRules.AddVary(headers);
        }
    }
}
