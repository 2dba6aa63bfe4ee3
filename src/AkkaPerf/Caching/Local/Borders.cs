namespace AkkaPerf.Caching.Local;

/// <summary>How many entries make the cache full, and how many of them are the window's and the protected's; under the cache's lock.</summary>
internal sealed class Borders
{
    // The window's part at first and at least: large enough for a burst, small enough to cost no hits.
    private const double SmallestWindow = 0.01;

    // The main part has one place in so many, or none: then the cache is an LRU, and nothing is lost where only recency counts.
    private const int SmallestMain = 32;

    // Of the main part.
    private const double ProtectedShare = 0.8;

    // A sixteenth of the way at a time, unless it is far off.
    private const int Inertia = 16;

    private readonly int _capacity;
    private double _share;

    public Borders(int capacity)
    {
        _capacity = capacity;
        Reset();
    }

    /// <summary>How many entries make the cache full: the capacity, or as many as the bytes have lately allowed.</summary>
    public int Reach { get; private set; }

    public int Window { get; private set; }

    public int Main => Reach - Window;

    /// <summary>The smallest main part but for none.</summary>
    public int LeastMain => Math.Max(Reach / SmallestMain, Math.Clamp(Reach / 4, 1, 16));

    public int ProtectedPlaces { get; private set; }

    /// <summary>The cache was full with so many.</summary>
    public void LearnReach(int full)
    {
        if (full == Reach)
        {
            return;
        }

        var isFarOff = full > Reach * 2L || full < Reach / 2;
        Reach = full == _capacity || isFarOff ? full : Reach + ((full - Reach) / Inertia);
        Set();
    }

    /// <summary>Makes the window so many entries larger, or smaller.</summary>
    public void MoveWindow(int change)
    {
        if (change != 0)
        {
            _share = (Window + change) / (double)Reach;
            Set();
        }
    }

    public void Reset()
    {
        Reach = _capacity;
        _share = 1;
        Set();
    }

    private void Set()
    {
        var least = Math.Max(1, (int)(Reach * SmallestWindow));
        Window = Math.Clamp((int)Math.Round(_share * Reach), least, Reach);
        Window = Main < LeastMain ? Reach : Window;
        ProtectedPlaces = (int)(Main * ProtectedShare);
    }
}
