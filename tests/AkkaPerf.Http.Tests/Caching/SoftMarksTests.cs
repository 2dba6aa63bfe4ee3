using AkkaPerf.Http.Caching;
using AkkaPerf.Http.Tests.Loopback;

namespace AkkaPerf.Http.Tests.Caching;

public sealed class SoftMarksTests
{
    private readonly StillTime _time = new();
    private readonly CacheClock _clock;

    public SoftMarksTests() => _clock = new CacheClock(_time);

    [Fact]
    public void What_is_written_is_read_by_another_clock_at_the_same_moments()
    {
        var marks = new SoftMarks();
        marks.MarkAll(_clock.Now);
        marks.MarkKey("k", After(1));
        marks.MarkTag("t", After(2));
        marks.MarkTag("u", After(3));
        marks.MarkPrefix("p", After(4));
        var later = new StillTime();
        later.SetUtcNow(_time.GetUtcNow() + TimeSpan.FromSeconds(10));
        var clock = new CacheClock(later);
        var read = SoftMarksCodec.Decode(SoftMarksCodec.Encode(marks.ToSnapshot(), _clock), clock)!;
        Assert.Equal(clock.Now - clock.Ticks(TimeSpan.FromSeconds(10)), read.All);
        Assert.Equal([("k", -9)], Seconds(read.Keys));
        Assert.Equal([("t", -8), ("u", -7)], Seconds(read.Tags));
        Assert.Equal([("p", -6)], Seconds(read.Prefixes));

        IEnumerable<(string, double)> Seconds(KeyValuePair<string, long>[] all) =>
            all.Select(mark => (mark.Key, clock.Span(mark.Value - clock.Now).TotalSeconds)).OrderBy(static mark => mark.Key, StringComparer.Ordinal);
    }

    [Fact]
    public void What_takes_too_much_is_written_as_one_mark_of_everything_at_the_last_of_them()
    {
        var marks = new SoftMarks();
        for (var i = 0; i < 1000; i++)
        {
            marks.MarkKey(new string('k', 5000) + i, After(i));
        }

        var bytes = SoftMarksCodec.Encode(marks.ToSnapshot(), _clock);
        Assert.InRange(bytes.Length, 1, 100);
        var read = SoftMarksCodec.Decode(bytes, _clock)!;
        Assert.Equal((After(999), 0), (read.All, read.Keys.Length));
        Assert.Equal(1000, marks.ToSnapshot().Keys.Length);
    }

    [Fact]
    public void Bytes_that_are_something_else_are_not_understood()
    {
        var marks = new SoftMarks();
        marks.MarkKey("key", _clock.Now);
        var whole = SoftMarksCodec.Encode(marks.ToSnapshot(), _clock);
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Null(SoftMarksCodec.Decode(whole[..length], _clock));
        }

        Assert.Null(SoftMarksCodec.Decode([9, .. whole[1..]], _clock));
        Assert.Null(SoftMarksCodec.Decode([.. whole[..1], .. Enumerable.Repeat((byte)255, 8), .. whole[9..]], _clock));
    }

    [Fact]
    public void Of_two_marks_of_the_same_the_later_one_counts_and_too_many_become_one()
    {
        var (marks, others) = (new SoftMarks(), new SoftMarks());
        marks.MarkTag("older", After(1));
        marks.MarkTag("newer", After(4));
        others.MarkTag("older", After(3));
        others.MarkTag("newer", After(2));
        marks.Add(others.ToSnapshot());
        Assert.Equal([new("newer", After(4)), new("older", After(3))], marks.ToSnapshot().Tags.OrderBy(static mark => mark.Key, StringComparer.Ordinal));

        var many = Enumerable.Range(0, 10_000).Select(i => new KeyValuePair<string, long>($"t{i}", After(0))).ToArray();
        marks.Add(new SoftMarksSnapshot(long.MinValue, [], many, []));
        var all = marks.ToSnapshot();
        Assert.Equal((After(4), 0), (all.All, all.Tags.Length));
    }

    [Fact]
    public void Nothing_added_changes_nothing()
    {
        var marks = new SoftMarks();
        marks.Add(new SoftMarks().ToSnapshot());
        Assert.Equal(0, marks.Version);
    }

    private long After(int seconds) => _clock.Now + _clock.Ticks(TimeSpan.FromSeconds(seconds));
}
