namespace AkkaPerf.Http.Caching;

/// <summary>Remembers for a while which URLs' answers cannot be shared, so that requests for them do not wait for one another. Any thread.</summary>
/// <remarks>
/// Problem: requests for what turns out not to be shareable would queue behind one another. A table of fixed size, the newer of two that
/// meet stays: what is forgotten early only waits once more, and what is mistaken for another is only not waited for.
/// </remarks>
internal sealed class HitForMiss
{
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(10);

    private readonly Mark?[] _marks = new Mark?[4096];
    private readonly CacheClock _clock;
    private readonly long _life;

    public HitForMiss(CacheClock clock)
    {
        _clock = clock;
        _life = clock.Ticks(Life);
    }

    public bool Contains(int hash, long now) => Volatile.Read(ref Slot(hash)) is { } mark && mark.Hash == hash && now < mark.Until;

    public void Add(int hash)
    {
        ref var slot = ref Slot(hash);
        var now = _clock.Now;

        // Renewed by every request of a busy URL, but written once in a while.
        if (Volatile.Read(ref slot) is not { } mark || mark.Hash != hash || mark.Until - now < _life / 2)
        {
            Volatile.Write(ref slot, new Mark(hash, now + _life));
        }
    }

    public void Remove(int hash)
    {
        ref var slot = ref Slot(hash);
        if (Volatile.Read(ref slot) is { } mark && mark.Hash == hash)
        {
            Volatile.Write(ref slot, null);
        }
    }

    private ref Mark? Slot(int hash) => ref _marks[(uint)hash % (uint)_marks.Length];

    private sealed record Mark(int Hash, long Until);
}
