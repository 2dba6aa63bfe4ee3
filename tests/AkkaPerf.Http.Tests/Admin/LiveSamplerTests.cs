using AkkaPerf.Exchanges;
using AkkaPerf.Http.Admin.Live;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Tests.Admin;

public sealed class LiveSamplerTests
{
    [Fact]
    public void A_ring_keeps_the_newest()
    {
        var ring = new Ring<int>(3);
        foreach (var item in Enumerable.Range(1, 5))
        {
            ring.Add(item);
        }

        Assert.Equal([3, 4, 5], ring.ToArray());
        Assert.Equal((3, 3), (ring.Oldest, ring.Count));
    }

    [Fact]
    public void Refusals_that_follow_one_another_are_one_note()
    {
        var notes = new RefusalNotes();
        var at = DateTimeOffset.UnixEpoch;
        notes.Note(Snapshot(0), Snapshot(3), [Refusal(at.AddSeconds(-0.5), room: 4)], at);
        notes.Note(Snapshot(3), Snapshot(3), [], at.AddSeconds(1));
        notes.Note(Snapshot(3), Snapshot(5), [], at.AddSeconds(9));
        Assert.Equal(
            new RefusalNote(at.AddSeconds(-0.5), at.AddSeconds(9), "queueFull", 5, "2 of 2 permits in use, 4 of 4 places taken, 6 of 10 inside"),
            Assert.Single(notes.Newest));
        notes.Note(Snapshot(5), Snapshot(6), [Refusal(at.AddSeconds(20), room: 3)], at.AddSeconds(20));
        Assert.Equal([1, 5], notes.Newest.Select(note => note.Count));
        Assert.Equal("2 of 2 permits in use, 3 of 4 places taken, 5 of 10 inside", notes.Newest[0].Why);
    }

    [Fact]
    public void What_was_seen_of_a_refusal_waits_for_its_count()
    {
        var notes = new RefusalNotes();
        var at = DateTimeOffset.UnixEpoch;
        notes.Note(Snapshot(0), Snapshot(0), [Refusal(at, room: 4)], at);
        Assert.Empty(notes.Newest);
        notes.Note(Snapshot(0), Snapshot(1), [], at.AddSeconds(1));
        Assert.Equal((at, "2 of 2 permits in use, 4 of 4 places taken, 6 of 10 inside"), (notes.Newest[0].From, notes.Newest[0].Why));
    }

    [Fact]
    public void Who_cancels_is_not_refused()
    {
        var notes = new RefusalNotes();
        notes.Note(Snapshot(0), Snapshot(0, cancelled: 5), [], DateTimeOffset.UnixEpoch);
        Assert.Empty(notes.Newest);
    }

    [Fact]
    public void Notes_are_so_many_and_no_more()
    {
        var notes = new RefusalNotes();
        for (var i = 0; i < 100; i++)
        {
            notes.Note(Snapshot(i), Snapshot(i + 1), [], DateTimeOffset.UnixEpoch.AddMinutes(i));
        }

        Assert.Equal(32, notes.Newest.Length);
        Assert.Equal(DateTimeOffset.UnixEpoch.AddMinutes(99), notes.Newest[0].From);
    }

    [Fact]
    public void Viewers_read_the_newest_and_enter_while_there_is_room()
    {
        using var viewers = new LiveViewers();
        var all = Enumerable.Range(0, LiveViewers.Most).Select(_ => viewers.Enter()!).ToList();
        Assert.Null(viewers.Enter());
        for (byte i = 0; i < 10; i++)
        {
            viewers.Tell([i]);
        }

        // Who does not read misses what is old.
        Assert.All(all, viewer => Assert.True(viewer.Reader.TryRead(out var first) && first[0] == 7));
        viewers.Leave(all[0]);
        Assert.NotNull(viewers.Enter());
        viewers.Dispose();
        Assert.Null(viewers.Enter());
        Assert.False(all[1].Writer.TryWrite([0]));
    }

    private static RefusalSnapshot Refusal(DateTimeOffset at, int room) => new()
    {
        At = at,
        Reason = RefusalReason.QueueFull,
        InFlight = 2 + room,
        Capacity = 10,
        Waiting = new WaitingSnapshot(Door: 0, Room: room, Joined: 0, Connection: 0),
        Places = 4,
        Permits = new PermitSnapshot(Limit: 2, InUse: 2),
        Backends = null,
    };

    private static PipelineSnapshot Snapshot(long queueFull, long cancelled = 0) => new()
    {
        Name = "shop",
        State = PipelineState.Running,
        IsReady = true,
        InFlight = 3,
        Capacity = 10,
        Waiting = new WaitingSnapshot(Door: 0, Room: 1, Joined: 0, Connection: 0),
        Places = 4,
        Permits = new PermitSnapshot(Limit: 2, InUse: 2),
        Zombies = 0,
        Answered = 0,
        Faulted = 0,
        Refused = new Dictionary<string, long>(StringComparer.Ordinal) { ["QueueFull"] = queueFull, ["Cancelled"] = cancelled },
        Cache = null,
        Retrying = null,
        Backends = [],
        IsPanicking = false,
        Transitions = new Dictionary<string, long>(StringComparer.Ordinal),
        Restarts = 0,
    };
}
