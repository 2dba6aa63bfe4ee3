namespace AkkaPerf.Exchanges;

/// <summary>Where handlers run: on the thread of their own caller, if it stands in SendAsync, or of one that decides for others; else on the thread pool.</summary>
/// <remarks>All of it is a thread's own business: nothing here is shared. Of handlers that block nobody a turn runs one; more of them start sooner side by side.</remarks>
internal static class CallerThread
{
    // Who stands in SendAsync on this thread, and what it was granted meanwhile.
    [ThreadStatic]
    private static Exchange? _standing;

    [ThreadStatic]
    private static Exchange? _granted;

    // Whether this thread decides for others, and whom it has let in whose caller does not stand here.
    [ThreadStatic]
    private static bool _isDeciding;

    [ThreadStatic]
    private static Exchange? _letIn;

    [ThreadStatic]
    private static bool _runsLetIn;

    /// <summary>Marks this exchange's caller as standing here, until <see cref="Leave"/>.</summary>
    public static void Stand(Exchange exchange) => _standing = exchange;

    /// <summary>Ends <see cref="Stand"/> and runs what was granted meanwhile, here on the caller's own thread.</summary>
    public static void Leave()
    {
        _standing = null;
        var granted = _granted;
        if (granted is not null)
        {
            _granted = null;
            granted.RunHandler();
        }

        RunLetIn();
    }

    /// <summary>Marks this thread as deciding for others, until <see cref="EndDeciding"/>.</summary>
    public static void BeginDeciding() => _isDeciding = true;

    /// <summary>Ends <see cref="BeginDeciding"/>; whoever was let in meanwhile runs here, unless this thread's own caller goes first.</summary>
    public static void EndDeciding()
    {
        _isDeciding = false;
        if (_standing is null)
        {
            RunLetIn();
        }
    }

    /// <summary>Starts a handler: here, once the turn is over, or on the thread pool.</summary>
    /// <param name="exchange">Whose handler.</param>
    /// <param name="starter">Whose caller waits for it.</param>
    /// <param name="mayRunHere">Whether it blocks nobody, and has a context of its own: what flows on this thread is another caller's.</param>
    public static void Start(Exchange exchange, Exchange starter, bool mayRunHere)
    {
        if (ReferenceEquals(_standing, starter) && _granted is null)
        {
            _granted = exchange;
        }
        else if (mayRunHere && _isDeciding && !_runsLetIn && _letIn is null)
        {
            _letIn = exchange;
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(exchange, preferLocal: true);
        }
    }

    private static void RunLetIn()
    {
        if (_letIn is not { } letIn)
        {
            return;
        }

        // What it lets in itself, should it end at once, goes another way: the stack has an end.
        _letIn = null;
        _runsLetIn = true;
        try
        {
            letIn.Execute();
        }
        finally
        {
            _runsLetIn = false;
        }
    }
}
