namespace AkkaPerf.Http.Routing;

/// <summary>What becomes of a path with the segments <c>.</c> or <c>..</c>, encoded or not, which clients take out before they ask.</summary>
public enum DotSegments
{
    /// <summary>It goes to the backend byte for byte, though routes are matched against the path without them.</summary>
    Pass,

    /// <summary>They are taken out (RFC 3986, section 5.2.4), so that the backend reads the path that was routed.</summary>
    Remove,

    /// <summary>It is refused with 400; one whose segments have parameters (<c>..;x=1</c>) too, which some servers take off first.</summary>
    Refuse,
}
