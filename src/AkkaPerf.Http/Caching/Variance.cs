using AkkaPerf.Http.Caching.Rules;

namespace AkkaPerf.Http.Caching;

/// <summary>Which requests a stored response answers, beside the URL: what the route told the backend, and what the request said in the fields that Vary names.</summary>
/// <param name="Scope">What the route, or a trusted proxy, told the backend beside the target.</param>
/// <param name="Names">The names of the fields.</param>
/// <param name="Values">What the request said in them; null for one that it had not.</param>
internal sealed record Variance(string Scope, string[] Names, string?[] Values)
{
    /// <summary>The variance of what was answered to a request.</summary>
    public static Variance Of(string scope, string[] names, IFieldSource request) =>
        new(scope, names, Array.ConvertAll(names, name => VaryRules.ValueOf(request, name)));

    /// <summary>How many characters it takes.</summary>
    public int Length => Scope.Length + Names.Sum(static name => name.Length) + Values.Sum(static value => value?.Length ?? 0);

    public bool Matches<TFields>(string scope, TFields request)
        where TFields : IFieldSource => string.Equals(Scope, scope, StringComparison.Ordinal) && VaryRules.Match(request, Names, Values);

    /// <summary>Whether the two answer the same requests, so that the newer one takes the older one's place.</summary>
    public bool IsSame(Variance other) =>
        string.Equals(Scope, other.Scope, StringComparison.Ordinal)
        && Names.AsSpan().SequenceEqual(other.Names)
        && Values.AsSpan().SequenceEqual(other.Values);
}
