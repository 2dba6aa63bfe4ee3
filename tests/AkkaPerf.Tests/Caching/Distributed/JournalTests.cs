using AkkaPerf.Caching.Distributed;
using CsCheck;

namespace AkkaPerf.Tests.Caching.Distributed;

public sealed class JournalTests
{
    private readonly L2Counters _counters = new();

    [Fact]
    public void Behaves_as_its_model() => Gen
        .Select(Gen.Int[0, 6], Gen.Int[0, 40], Gen.Select(Gen.Int[0, 7], Gen.Int[-1, 20], Gen.Bool).Array[0, 60])
        .Check(
            (entries, bytes, operations) =>
            {
                var journal = Create(entries, bytes);
                var model = new List<(string Key, long Order, int Size)>();
                for (var order = 1; order <= operations.Length; order++)
                {
                    var (number, size, isCompletion) = operations[order - 1];
                    var key = $"k{number}";
                    if (isCompletion && journal.After(0) is { } oldest)
                    {
                        journal.Complete(oldest);
                        model.RemoveAt(0);
                        continue;
                    }

                    journal.Put(new Change(key, order, size < 0 ? null : new byte[size], default));
                    model.RemoveAll(entry => entry.Key == key);
                    model.Add((key, order, size));
                    for (int at; model.Sum(entry => Math.Max(entry.Size, 0)) > bytes; model[at] = model[at] with { Size = -1 })
                    {
                        at = model.FindIndex(entry => entry.Size >= 0);
                    }

                    model.RemoveRange(0, Math.Max(0, model.Count - entries));
                    Assert.Equal(model, All(journal));
                    Assert.Equal(model.Sum(entry => Math.Max(entry.Size, 0)), journal.Bytes);
                }
            },
            iter: 5000);

    [Fact]
    public void Older_change_never_replaces_a_newer_one()
    {
        var journal = Create();
        journal.Put(new Change("k", 2, [1], default));

        Assert.False(journal.Put(new Change("k", 1, [2], default)));
        Assert.Equal(2, journal.After(0)!.Order);
    }

    [Fact]
    public void Completion_of_a_replaced_change_leaves_the_newer_one()
    {
        var journal = Create();
        var first = new Change("k", 1, [1], default);
        journal.Put(first);
        journal.Put(new Change("k", 2, [2], default));
        journal.Complete(first);

        Assert.Equal(2, journal.After(0)!.Order);
    }

    [Fact]
    public void Completion_of_a_value_that_was_let_go_meanwhile_takes_the_removal_with_it()
    {
        var journal = Create(bytes: 1);
        var first = new Change("k", 1, [1], default);
        journal.Put(first);
        journal.Put(new Change("l", 2, [2], default));
        Assert.Null(journal.After(0)!.Value);
        journal.Complete(first);

        Assert.Equal("l", journal.After(0)!.Key);
    }

    [Fact]
    public void Value_without_room_becomes_the_removal_of_its_key()
    {
        var journal = Create(bytes: 10);
        journal.Put(new Change("k", 1, new byte[11], default));

        Assert.Null(journal.After(0)!.Value);
        Assert.Equal((1, 0), (_counters.Dropped, _counters.Forgotten));
    }

    [Fact]
    public void Without_entries_everything_is_forgotten_and_counted()
    {
        var journal = Create(entries: 0);
        journal.Put(new Change("k", 1, [1], default));

        Assert.Equal((0, 1), (journal.Count, _counters.Forgotten));
    }

    private static List<(string Key, long Order, int Size)> All(Journal journal)
    {
        var all = new List<(string, long, int)>();
        for (var change = journal.After(0); change is not null; change = journal.After(change.Order))
        {
            all.Add((change.Key, change.Order, change.Value?.Length ?? -1));
        }

        return all;
    }

    private Journal Create(int entries = 100, int bytes = 1000) => new(new JournalOptions { Entries = entries, Bytes = bytes }, _counters);
}
