namespace AkkaPerf.Backends;

/// <summary>Says which backends there should be, from wherever that is known.</summary>
public interface IBackendSource
{
    /// <summary>Gives the complete list: as soon as it is known, and again whenever it may have changed.</summary>
    /// <remarks>
    /// The pipeline applies the differences by id: it takes in, takes out, weighs and enables in place, and replaces a backend whose address or limits
    /// are others. An exception keeps the last list, is logged once, and the source is asked anew after a while; an end keeps the last list for good.
    /// </remarks>
    /// <param name="cancellationToken">Cancelled when the pipeline stops.</param>
    IAsyncEnumerable<IReadOnlyList<BackendOptions>> WatchAsync(CancellationToken cancellationToken);
}
