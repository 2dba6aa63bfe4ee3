namespace AkkaPerf.Http.Express;

/// <summary>What a head is to the short way.</summary>
internal enum HeadVerdict
{
    /// <summary>The server's, and all that follows it.</summary>
    Other,

    /// <summary>The server's, but the request ends with it.</summary>
    WithoutBody,

    /// <summary>Served the short way.</summary>
    Plain,
}
