using System.Numerics;

namespace AkkaPerf.Caching.Local;

/// <summary>Knows whose life is over without looking at the others; under the cache's lock.</summary>
/// <remarks>
/// A hierarchical timing wheel (Varghese and Lauck 1987): five wheels of 64 buckets, each turning 64 times slower than the one before it,
/// the first by about a thirtieth of a second. Scheduling, cancelling and, amortised, expiring are constant; a bit for each bucket lets
/// an advance jump over the empty ones. Whose deadline moved (a sliding life) is looked up when its bucket is due, and scheduled anew.
/// </remarks>
internal sealed class TimerWheel
{
    private const int Levels = 5;
    private const int LevelBits = 6;
    private const int Buckets = 1 << LevelBits;

    // Beyond the last wheel: due for another look after two years.
    private const long Horizon = (1L << (Levels * LevelBits)) - 1;

    private readonly NodeTable _table;
    private readonly ISlotOwner _owner;
    private readonly long _origin;
    private readonly int _tickBits;
    private readonly int[] _heads = new int[Levels * Buckets];
    private readonly ulong[] _occupied = new ulong[Levels];
    private long _tick;

    public TimerWheel(NodeTable table, ISlotOwner owner, long now, long frequency)
    {
        _table = table;
        _owner = owner;
        _origin = now;
        _tickBits = BitOperations.Log2((ulong)Math.Max(1, frequency / 16));
        Array.Fill(_heads, NodeTable.None);
    }

    /// <summary>Schedules a slot that is not scheduled.</summary>
    public void Schedule(int slot, long deadline)
    {
        if (deadline == long.MaxValue)
        {
            return;
        }

        // The tick in which it ends must be over: never too early, a tick late at most.
        var due = Math.Clamp(TickOf(deadline) + 1, _tick + 1, _tick + Horizon);
        var level = Math.Min(BitOperations.Log2((ulong)(due ^ _tick)) / LevelBits, Levels - 1);
        var bucket = (level * Buckets) + (int)((due >> (level * LevelBits)) & (Buckets - 1));
        ref var node = ref _table.Nodes[slot];
        var head = _heads[bucket];
        node.TimerNewer = head;
        // The first of a bucket knows it, as a number below None.
        node.TimerOlder = NodeTable.None - 1 - bucket;
        if (head != NodeTable.None)
        {
            _table.Nodes[head].TimerOlder = slot;
        }

        _heads[bucket] = slot;
        _occupied[level] |= 1ul << (bucket % Buckets);
    }

    /// <summary>Takes a slot off, scheduled or not.</summary>
    public void Cancel(int slot)
    {
        ref var node = ref _table.Nodes[slot];
        if (node.TimerOlder == NodeTable.None)
        {
            return;
        }

        if (node.TimerNewer != NodeTable.None)
        {
            _table.Nodes[node.TimerNewer].TimerOlder = node.TimerOlder;
        }

        if (node.TimerOlder >= 0)
        {
            _table.Nodes[node.TimerOlder].TimerNewer = node.TimerNewer;
        }
        else
        {
            var bucket = NodeTable.None - 1 - node.TimerOlder;
            _heads[bucket] = node.TimerNewer;
            if (node.TimerNewer == NodeTable.None)
            {
                _occupied[bucket / Buckets] &= ~(1ul << (bucket % Buckets));
            }
        }

        node.TimerOlder = node.TimerNewer = NodeTable.None;
    }

    /// <summary>Expires what is due.</summary>
    public void Advance(long now)
    {
        var tick = TickOf(now);
        if (tick <= _tick)
        {
            return;
        }

        var before = _tick;
        _tick = tick;
        for (var level = 0; level < Levels; level++)
        {
            var from = before >> (level * LevelBits);
            var to = tick >> (level * LevelBits);
            if (from == to)
            {
                break;
            }

            // The buckets passed, as bits that start behind the one where the hand stood.
            var passed = to - from >= Buckets ? ulong.MaxValue : (1ul << (int)(to - from)) - 1;
            var due = _occupied[level] & BitOperations.RotateLeft(passed, (int)((from + 1) & (Buckets - 1)));
            for (; due != 0; due &= due - 1)
            {
                Empty((level * Buckets) + BitOperations.TrailingZeroCount(due), now);
            }
        }
    }

    private void Empty(int bucket, long now)
    {
        // Taken as a whole: what is scheduled anew may come to the same bucket.
        var slot = _heads[bucket];
        _heads[bucket] = NodeTable.None;
        _occupied[bucket / Buckets] &= ~(1ul << (bucket % Buckets));
        while (slot != NodeTable.None)
        {
            ref var node = ref _table.Nodes[slot];
            var next = node.TimerNewer;
            node.TimerOlder = node.TimerNewer = NodeTable.None;
            var deadline = _owner.DeadlineOf(slot);
            if (deadline <= now)
            {
                _owner.Expire(slot);
            }
            else
            {
                Schedule(slot, deadline);
            }

            slot = next;
        }
    }

    private long TickOf(long timestamp) => timestamp <= _origin ? 0 : (timestamp - _origin) >> _tickBits;
}
