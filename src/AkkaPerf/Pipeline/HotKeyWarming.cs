using AkkaPerf.Caching;
using AkkaPerf.Caching.Warming;

namespace AkkaPerf.Pipeline;

/// <summary>Warms what was hot at the last end: from the second level, and from the source what that has lost.</summary>
internal sealed class HotKeyWarming<TRequest, TResponse>
{
    private readonly PipelineCore _core;
    private readonly CacheRoute<TRequest, TResponse> _route;
    private readonly IWaitingSender<TRequest, TResponse> _sender;
    private readonly Func<string, TRequest>? _requestOf;

    /// <param name="core">The pipeline.</param>
    /// <param name="route">Where to look.</param>
    /// <param name="sender">Who asks the source.</param>
    /// <param name="requestOf">The request of a key; null if that cannot be told.</param>
    public HotKeyWarming(PipelineCore core, CacheRoute<TRequest, TResponse> route, IWaitingSender<TRequest, TResponse> sender, Func<string, TRequest>? requestOf)
    {
        _core = core;
        _route = route;
        _sender = sender;
        _requestOf = requestOf;
    }

    private CacheLevels<string> Levels => _core.Cache!;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var options = _core.Options.Cache.Warming;
        if (Levels.Second is not { } second || options.HotKeys == 0)
        {
            return;
        }

        var keys = await HotKeys.ReadAsync(second, cancellationToken).ConfigureAwait(false);
        var warmer = new Warmer<string>(options, _core.Time, IsKnown, WarmAsync, progress: null);
        await warmer.RunAsync(keys.Take(options.HotKeys).ToAsyncEnumerable(), cancellationToken).ConfigureAwait(false);
    }

    private bool IsKnown(string key) => Levels.Peek(key, _core.Time.GetTimestamp()) is not null;

    private async ValueTask<Exception?> WarmAsync(string key, CancellationToken cancellationToken)
    {
        if (await _route.LookUpAsync(key, outdated: null, cancellationToken).ConfigureAwait(false) is { } entry)
        {
            Levels.First.Set(key, entry);
        }
        else if (_requestOf is not null)
        {
            try
            {
                await _sender.SendWaitingAsync(_requestOf(key), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                // A key of another version, perhaps: the others are warmed.
                return exception;
            }
        }

        return null;
    }
}
