namespace AkkaPerf.TestKit;

/// <summary>What a test expected did not happen, or something else did.</summary>
public sealed class ExpectationFailedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was expected, and what happened instead.</param>
    /// <param name="cause">What lies behind it, if anything.</param>
    public ExpectationFailedException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
