namespace AkkaPerf.Exchanges;

/// <summary>Which requests may be sent more than once, and after which failures. Runs the user's code, so on callers' and handlers' threads only.</summary>
internal sealed class RepeatRules<TRequest>
{
    private readonly Func<TRequest, bool> _isRepeatable;
    private readonly Func<Exception, bool> _isTransient;

    public RepeatRules(Func<TRequest, bool> isRepeatable, Func<Exception, bool>? isTransient, bool isAskedEarly)
    {
        _isRepeatable = isRepeatable;
        _isTransient = isTransient ?? TransientFailure.Is;
        IsAskedEarly = isAskedEarly;
    }

    /// <summary>Whether it must be known beforehand, because tries are exchanges of their own; else it is asked after a failure only.</summary>
    public bool IsAskedEarly { get; }

    /// <summary>Whether a request may be sent more than once; not if that cannot be told.</summary>
    public bool Allows(TRequest request)
    {
        try
        {
            return _isRepeatable(request);
        }
        catch (Exception)
        {
            return false;
        }
    }

    /// <summary>Whether a request may be sent again after a failure; not if that cannot be told.</summary>
    public bool Allows(TRequest request, Exception failure)
    {
        try
        {
            return _isTransient(failure) && _isRepeatable(request);
        }
        catch (Exception)
        {
            return false;
        }
    }
}
