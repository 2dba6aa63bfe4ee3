using AkkaPerf.Caching;
using AkkaPerf.Caching.Local;

namespace AkkaPerf.Tests.Caching.Local;

/// <summary>Whether policy, wheel and store of a cache that nobody is changing agree on what is in it.</summary>
internal static class Integrity
{
    public static void Check<TKey>(LocalCache<TKey> cache)
        where TKey : notnull
    {
        var entries = cache.Entries;
        var nodes = entries.Nodes.Nodes;
        var bytes = 0L;
        var slots = new List<int>();
        for (var slot = 0; slot < entries.Nodes.End; slot++)
        {
            var isRead = entries.Store.TryRead(slot, out var key, out var entry);
            Assert.Equal(nodes[slot].Queue != QueueKind.None, isRead);
            if (!isRead)
            {
                continue;
            }

            slots.Add(slot);
            bytes += nodes[slot].Weight;
            Assert.Equal(entries.WeightOf(key!, entry!), nodes[slot].Weight);
            Assert.Equal(slot, entries.Store.SlotOf(key!, nodes[slot].Hash));
            Assert.Equal(nodes[slot].Hash, entries.Store.HashOf(key!));
            Assert.Same(entry, entries.Store.Find(key!, out _, out _));
            Assert.Equal(entries.DeadlineOf(slot, entry!) != long.MaxValue, nodes[slot].TimerOlder != NodeTable.None);
        }

        Assert.Equal((slots.Count, bytes), (cache.Count, cache.Bytes));
        foreach (var queue in slots.GroupBy(slot => nodes[slot].Queue))
        {
            CheckQueue(queue.ToHashSet(), nodes);
        }
    }

    private static void CheckQueue(HashSet<int> slots, Node[] nodes)
    {
        var walked = 0;
        var slot = Assert.Single(slots, slot => nodes[slot].Older == NodeTable.None);
        for (var older = NodeTable.None; slot != NodeTable.None; older = slot, slot = nodes[slot].Newer)
        {
            Assert.Contains(slot, slots);
            Assert.Equal(older, nodes[slot].Older);
            Assert.True(++walked <= slots.Count);
        }

        Assert.Equal(slots.Count, walked);
    }
}
