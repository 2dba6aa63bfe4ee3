namespace AkkaPerf.Retrying;

/// <summary>How chance varies the pauses between tries (Brooker 2015, "Exponential backoff and jitter").</summary>
public enum BackOffJitter
{
    /// <summary>Each pause twice the one before; half of it is certain, half is chance.</summary>
    Equal,

    /// <summary>Between the first pause and three times the one before, by chance.</summary>
    Decorrelated,

    /// <summary>Each pause twice the one before, without chance.</summary>
    None,
}
