using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Retrying;

/// <summary>Further tries of what failed, each on another backend. Only what may be sent more than once (<c>RetryWhen</c>), and beside it what was never sent.</summary>
public sealed class RetryOptions
{
    /// <summary>Further tries after the first; 0 to 10, default 1, 0 = none.</summary>
    [Range(0, 10)]
    public int Attempts { get; set; } = 1;

    /// <summary>A try that takes longer is given up for another, if another may follow; 0 s to 24 h, default 0 s = never.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan AttemptTimeout { get; set; }

    /// <summary>On: once every backend has been tried, any may be asked again; off, the default: that is the end.</summary>
    public bool SameBackend { get; set; }

    /// <summary>The pause before a further try.</summary>
    public BackOffOptions BackOff { get; set; } = new();

    /// <summary>How many further tries and hedges there may be at all.</summary>
    public BudgetOptions Budget { get; set; } = new();
}
