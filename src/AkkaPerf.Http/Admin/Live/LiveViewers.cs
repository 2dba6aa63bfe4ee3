using System.Collections.Immutable;
using System.Threading.Channels;

namespace AkkaPerf.Http.Admin.Live;

/// <summary>Those who look at the dashboard now: so many and no more, and who reads slowly misses something. Any thread.</summary>
internal sealed class LiveViewers : IDisposable
{
    public const int Most = 32;

    private const int Ahead = 3;

    private ImmutableList<Channel<byte[]>> _all = [];
    private volatile bool _isOver;

    public int Count => _all.Count;

    /// <summary>Lets one in; null if there are too many, or all is over.</summary>
    public Channel<byte[]>? Enter()
    {
        var channel = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(Ahead) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        var isIn = !_isOver && ImmutableInterlocked.Update(ref _all, static (all, added) => all.Count < Most ? all.Add(added) : all, channel);
        if (isIn && _isOver)
        {
            channel.Writer.TryComplete();
        }

        return isIn ? channel : null;
    }

    public void Leave(Channel<byte[]> viewer) => ImmutableInterlocked.Update(ref _all, static (all, left) => all.Remove(left), viewer);

    public void Tell(byte[] text)
    {
        foreach (var viewer in _all)
        {
            viewer.Writer.TryWrite(text);
        }
    }

    public void Dispose()
    {
        _isOver = true;
        foreach (var viewer in _all)
        {
            viewer.Writer.TryComplete();
        }
    }
}
