namespace AkkaPerf.Exchanges;

/// <summary>No connection to the backend could be opened: nothing was sent, so the exchange may go to another backend.</summary>
public sealed class ConnectFailedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was tried.</param>
    /// <param name="cause">The failure itself.</param>
    public ConnectFailedException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
