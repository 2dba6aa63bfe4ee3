namespace AkkaPerf.Gateway;

/// <summary>The arrays that the runtime keeps for who needs some for a while, such as the buffers of requests on their way.</summary>
internal static class BufferPools
{
    private const string Variable = "DOTNET_SYSTEM_BUFFERS_SHAREDARRAYPOOL_MAXARRAYSPERPARTITION";

    // For each processor and size. By default 32: of what is on its way at once over HTTP/2 most would be allocated anew, 16 KiB and more for each request.
    private const string Arrays = "512";

    /// <summary>Lets it keep more of them; before anybody rents one, and unless the environment says how many. What nobody needs is given back as before.</summary>
    public static void Widen()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
        {
            Environment.SetEnvironmentVariable(Variable, Arrays);
        }
    }
}
