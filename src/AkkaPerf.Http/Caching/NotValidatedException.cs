namespace AkkaPerf.Http.Caching;

/// <summary>No backend could be asked about what is stored, and must not be given without asking.</summary>
internal sealed class NotValidatedException : Exception
{
    public NotValidatedException(Exception fault)
        : base("No backend could be asked about what is stored.", fault)
    {
    }
}
