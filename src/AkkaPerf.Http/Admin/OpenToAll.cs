namespace AkkaPerf.Http.Admin;

/// <summary>Marks an endpoint that needs no token: what orchestrators ask for, who cannot show one.</summary>
internal sealed class OpenToAll
{
    public static readonly OpenToAll Mark = new();

    private OpenToAll()
    {
    }
}
