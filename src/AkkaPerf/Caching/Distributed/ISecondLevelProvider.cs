using Microsoft.Extensions.Caching.Distributed;

namespace AkkaPerf.Caching.Distributed;

/// <summary>Makes the stores of one provider; registered in the container, the last one registered for a provider wins.</summary>
public interface ISecondLevelProvider
{
    /// <summary>Which value of <c>cache.l2.provider</c> it serves.</summary>
    L2Provider Provider { get; }

    /// <summary>Makes a pipeline's store, without reaching for it yet; the pipeline disposes it unless it is shared.</summary>
    /// <param name="options">The pipeline's options; <see cref="L2Options.Connection"/> says where the store is.</param>
    /// <exception cref="ArgumentException">The connection is not one; the message must not contain it.</exception>
    IDistributedCache Create(L2Options options);

    /// <summary>Whether what it makes belongs to somebody else, who disposes it; default no.</summary>
    bool IsShared => false;
}
