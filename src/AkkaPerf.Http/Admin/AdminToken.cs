using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Admin;

/// <summary>The secret that operators show: as a bearer token (RFC 6750), or as a password with any user name (RFC 7617), which browsers ask for by themselves.</summary>
/// <remarks>Hashes are compared, and in constant time: neither the length nor the place of the first difference can be measured.</remarks>
internal sealed class AdminToken
{
    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";

    private static readonly StringValues Challenges = new(["Bearer realm=\"AkkaPerf\"", "Basic realm=\"AkkaPerf\", charset=\"UTF-8\""]);

    private readonly byte[] _hash;

    public AdminToken(string token) => _hash = Hash(token);

    /// <summary>Whether a request shows it.</summary>
    public bool IsShownBy(HttpRequest request) =>
        request.Headers.Authorization is [{ } shown] && SecretOf(shown) is { } secret && CryptographicOperations.FixedTimeEquals(Hash(secret), _hash);

    /// <summary>Says how it is shown.</summary>
    public static Task RefuseAsync(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = Challenges;
        return new AdminProblem(
            StatusCodes.Status401Unauthorized,
            "Unauthorized",
            "token-missing-or-wrong",
            "Show the token of admin.token: Authorization: Bearer TOKEN, or as the password of basic authentication with any user name.").WriteToAsync(context);
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    private static string? SecretOf(string authorization)
    {
        if (authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            return authorization[Bearer.Length..].Trim();
        }

        if (!authorization.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var encoded = authorization[Basic.Length..].Trim();
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out var length))
        {
            return null;
        }

        var pair = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : pair[(colon + 1)..];
    }
}
