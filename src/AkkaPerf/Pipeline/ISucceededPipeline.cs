namespace AkkaPerf.Pipeline;

/// <summary>A pipeline that another one may take over from, when its configuration changes.</summary>
internal interface ISucceededPipeline
{
    /// <summary>Its options; what the running stages look at each time may be changed.</summary>
    PipelineOptions Options { get; }

    /// <summary>Takes over from another one what is no configuration, before requests are led to it.</summary>
    void Succeed(IRequestPipeline predecessor);

    /// <summary>Reports its figures from now on: before, they would be taken for those of the one that it is to take over from.</summary>
    void Report();

    /// <summary>Refuses new requests and finishes what is inside, however long that takes, unless it is drained after all.</summary>
    /// <param name="hasSuccessor">Whether another one answers those whom it refuses from now on.</param>
    Task RetireAsync(bool hasSuccessor = true);
}
