namespace AkkaPerf.Caching.Distributed;

/// <summary>Writes what stands at a key, or removes it; it must have begun in the ledger, which learns when the store is done with it.</summary>
internal sealed class ChangeCall : StoreCall
{
    private readonly ChangeLedger _ledger;
    private readonly long _order;
    private readonly ReadOnlyMemory<byte> _value;
    private readonly TimeSpan _life;

    /// <param name="ledger">Where it has begun.</param>
    /// <param name="key">As the store knows it.</param>
    /// <param name="order">Its number in the ledger.</param>
    /// <param name="value">The envelope; empty for a removal.</param>
    /// <param name="life">The value's; if it is over, this is a removal.</param>
    public ChangeCall(ChangeLedger ledger, string key, long order, ReadOnlyMemory<byte> value = default, TimeSpan life = default)
        : base(key)
    {
        _ledger = ledger;
        _order = order;
        _value = value;
        _life = life;
        ledger.Hold(key);
    }

    public override async ValueTask<bool> SendAsync(StoreClient store, CancellationToken cancellationToken)
    {
        if (_value.IsEmpty || _life <= TimeSpan.Zero)
        {
            await store.RemoveAsync(Key, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await store.SetAsync(Key, _value, _life, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    protected override void OnEnded(bool isLate)
    {
        if (isLate)
        {
            _ledger.EndLate(Key, _order);
        }
        else
        {
            _ledger.End(Key);
        }
    }
}
