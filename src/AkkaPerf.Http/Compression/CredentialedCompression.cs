namespace AkkaPerf.Http.Compression;

/// <summary>What is compressed for a request that bears <c>Cookie</c> or <c>Authorization</c>.</summary>
/// <remarks>
/// A body that holds a secret and something that an attacker chose tells the secret by its compressed length, over TLS too (BREACH). It takes
/// a victim's browser that is made to ask again and again, with the victim's cookies, from another site.
/// </remarks>
public enum CredentialedCompression
{
    /// <summary>Nothing.</summary>
    Never,

    /// <summary>What is for everybody, and so holds no secret: <c>Cache-Control: public</c> or <c>s-maxage</c>.</summary>
    Public,

    /// <summary>That, and what the browser says to have been asked for by its user or by a page of the same origin: <c>Sec-Fetch-Site: none</c> or <c>same-origin</c>.</summary>
    SameOrigin,

    /// <summary>Everything: for what reflects nothing, or where tokens change with every answer.</summary>
    Always,
}
