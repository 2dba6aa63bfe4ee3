using AkkaPerf.Http.Client;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Admin.Actions;

/// <summary>Asks for addresses through a pipeline of HTTP, so that what may be kept is: as clients do, with permits, and no more than a few at once.</summary>
/// <remarks>What a route makes of a request on its way is not done here: such answers are kept under keys of their own.</remarks>
internal sealed class WarmAction : IPipelineAction
{
    private const int Most = 200;
    private const int AtOnce = 4;

    public string Name => "warm";

    public async ValueTask<AdminProblem?> DoAsync(IRequestPipeline pipeline, ActionBody body, CancellationToken cancellationToken)
    {
        body.Only("urls");
        var urls = body.Texts("urls", Most);
        if (body.Problem is not null)
        {
            return body.Problem;
        }

        if (pipeline is not IRequestPipeline<ProxyRequest, ProxyResponse> http || pipeline.Describe().Cache is null)
        {
            return AdminProblem.Conflict("keeps-nothing", $"The pipeline '{pipeline.Name}' keeps no answers of HTTP.");
        }

        if (urls.FirstOrDefault(static url => !IsHttp(url)) is { } wrong)
        {
            return AdminProblem.BadRequest("bad-value", $"'{wrong}' is no address that clients ask for, such as http://shop.example/products/1.");
        }

        return await WarmAsync(http, urls, cancellationToken).ConfigureAwait(false);
    }

    private static bool IsHttp(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);

    private static async Task<AdminProblem?> WarmAsync(
        IRequestPipeline<ProxyRequest, ProxyResponse> pipeline, IReadOnlyList<string> urls, CancellationToken cancellationToken)
    {
        var failed = 0;
        var last = "";
        using var client = new HttpClient(new PipelineMessageHandler(pipeline)) { Timeout = Timeout.InfiniteTimeSpan };
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(urls, options, async (url, token) =>
        {
            if (await AskAsync(client, url, token).ConfigureAwait(false) is { } problem)
            {
                Interlocked.Increment(ref failed);
                Volatile.Write(ref last, $"{url}: {problem}");
            }
        }).ConfigureAwait(false);
        return failed == 0 ? null : AdminProblem.Conflict("not-all-warm", $"{failed} of {urls.Count} were not answered with success; one of them is {last}.");
    }

    private static async Task<string?> AskAsync(HttpClient client, string url, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync(new Uri(url), cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode ? null : $"status {(int)response.StatusCode}";
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return exception.Message.TrimEnd('.');
        }
    }
}
