namespace AkkaPerf.Http.Routing;

/// <summary>What becomes of a path with %2F or %5C, or with a backslash as it is.</summary>
public enum EncodedSlash
{
    /// <summary>It goes to the backend as it is; routes take it for a part of its segment.</summary>
    Pass,

    /// <summary>It is refused with 400.</summary>
    Refuse,
}
