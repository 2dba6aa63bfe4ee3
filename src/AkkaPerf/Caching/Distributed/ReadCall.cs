namespace AkkaPerf.Caching.Distributed;

/// <summary>Reads what stands at a key.</summary>
internal sealed class ReadCall : StoreCall
{
    private readonly PooledBuffer _target;

    public ReadCall(string key, PooledBuffer target)
        : base(key) => _target = target;

    public override async ValueTask<bool> SendAsync(StoreClient store, CancellationToken cancellationToken)
    {
        try
        {
            return await store.GetAsync(Key, _target, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (_target.IsOverrun)
        {
            // The store did what it was asked for; that it is too large is its reader's to judge.
            return true;
        }
    }
}
