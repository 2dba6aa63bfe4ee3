using System.Diagnostics.CodeAnalysis;
using AkkaPerf.Pipeline;

namespace AkkaPerf.Http.Streaming;

/// <summary>The places for streams of one pipeline: those that are open, and how many may be.</summary>
internal sealed class OpenStreams : IOpenStreams
{
    private readonly int _max;
    private readonly Lock _gate = new();
    private readonly HashSet<StreamPlace> _open = [];
    private bool _isOver;

    public OpenStreams(int max) => _max = max;

    public long Count
    {
        get
        {
            lock (_gate)
            {
                return _open.Count;
            }
        }
    }

    /// <summary>Takes a place, which its taker disposes of; false if there is none.</summary>
    public bool TryOpen([NotNullWhen(true)] out StreamPlace? place)
    {
        lock (_gate)
        {
            if (_isOver || _open.Count >= _max)
            {
                place = null;
                return false;
            }

            place = new StreamPlace(this);
            _open.Add(place);
            return true;
        }
    }

    public void End()
    {
        StreamPlace[] open;
        lock (_gate)
        {
            _isOver = true;
            open = [.. _open];
        }

        foreach (var place in open)
        {
            place.End();
        }
    }

    internal void Close(StreamPlace place)
    {
        lock (_gate)
        {
            _open.Remove(place);
        }
    }
}
