namespace AkkaPerf.Caching.Distributed;

/// <summary>Writes what stands at a key, or removes it.</summary>
internal sealed class ChangeCall : StoreCall
{
    private readonly ChangeLedger _ledger;
    private readonly ReadOnlyMemory<byte> _value;
    private readonly TimeSpan _life;
    private readonly bool _isRemoval;

    private ChangeCall(ChangeLedger ledger, string key, ReadOnlyMemory<byte> value, TimeSpan life, bool isRemoval)
        : base(key)
    {
        _ledger = ledger;
        _value = value;
        _life = life;
        _isRemoval = isRemoval;
        ledger.Hold(key);
    }

    /// <summary>A write, which must have begun in the ledger; the ledger learns when the store is done with it.</summary>
    public static ChangeCall Write(ChangeLedger ledger, string key, ReadOnlyMemory<byte> value, TimeSpan life) => new(ledger, key, value, life, isRemoval: false);

    /// <summary>A removal; the same.</summary>
    public static ChangeCall Removal(ChangeLedger ledger, string key) => new(ledger, key, default, default, isRemoval: true);

    public override async ValueTask<bool> SendAsync(StoreClient store, CancellationToken cancellationToken)
    {
        if (_isRemoval)
        {
            await store.RemoveAsync(Key, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await store.SetAsync(Key, _value, _life, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    protected override void OnEnded() => _ledger.End(Key);
}
