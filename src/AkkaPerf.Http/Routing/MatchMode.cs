namespace AkkaPerf.Http.Routing;

/// <summary>How a header or query parameter is compared with what a route asks for.</summary>
public enum MatchMode
{
    /// <summary>Equal to one of the values.</summary>
    Exact,

    /// <summary>Begins with one of the values.</summary>
    Prefix,

    /// <summary>Contains one of the values.</summary>
    Contains,

    /// <summary>Is there, whatever it says.</summary>
    Exists,

    /// <summary>Is not there.</summary>
    Absent,
}
