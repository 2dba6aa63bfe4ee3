using AkkaPerf.Caching;
using AkkaPerf.Http.Caching.Rules;
using AkkaPerf.Http.Proxying;
using AkkaPerf.Http.Routing;
using AkkaPerf.Http.Streaming;
using AkkaPerf.Http.Transport;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Caching;

/// <summary>Says which of the backends' responses are stored, and makes their heads.</summary>
internal sealed class ResponseJudge
{
    // Clients choose these: longer ones are not worth a place for themselves.
    private const int LongestVariance = 2048;

    private readonly StoreRules _rules;
    private readonly HttpCacheOptions _http;
    private readonly StaleOptions _stale;
    private readonly CacheClock _clock;

    public ResponseJudge(CacheOptions options, CacheClock clock)
    {
        _http = options.Http;
        _stale = options.Stale;
        _rules = new StoreRules(options.Http.Profile, [.. options.Http.TargetedFields]);
        _clock = clock;
    }

    /// <summary>The head of a response as it is stored; null if it is not.</summary>
    /// <param name="asked">What it answers.</param>
    /// <param name="request">The request's fields.</param>
    /// <param name="message">The response.</param>
    /// <param name="askedAt">When it was asked for, as a timestamp.</param>
    public StoredHead? Judge(in CacheAddress asked, IFieldSource request, BackendResponse message, long askedAt)
    {
        var fields = message;
        if ((Trusted(asked) is null && !SaysAnything(fields))
            || !message.IsDelimited
            || StreamKinds.Of(message) != StreamKind.None
            || RulesOf(Trusted(asked), request, message.StatusCode, fields) is not { } rules)
        {
            return null;
        }

        var names = NamesOf(fields["Vary"], asked.Caching);
        if (Array.Exists(names, DependsOnWhoAsks))
        {
            return null;
        }

        if (rules.IsHeuristic && _rules.Profile == HttpCacheProfile.Safe && asked.Target.Contains('?', StringComparison.Ordinal))
        {
            // What a query asks for is made for it, and nobody said how long it holds.
            rules = rules with { Lifetime = TimeSpan.Zero };
        }

        if (rules is { IsHeuristic: true, NeedsValidation: false } && rules.Lifetime <= TimeSpan.Zero && _rules.Profile == HttpCacheProfile.Safe)
        {
            // Nobody said that it may be kept, were it only to ask whether it has changed.
            return null;
        }

        var variance = Variance.Of(asked.Scope, names, request);
        return variance.Length > LongestVariance ? null : Make(message, FieldsOf(message, rules.Withheld), fields, rules, (variance, askedAt));
    }

    /// <summary>What of a response is its first client's alone (RFC 9111, sections 5.2.2.4 and 5.2.2.7); none, nearly always.</summary>
    public static KeyValuePair<string, StringValues>[] WithheldOf(BackendResponse message, StoredHead head)
    {
        if (head.Rules.Withheld is not { } names)
        {
            return [];
        }

        return [.. message.Forwarded().Where(field => IsNamed(names, field.Key))];
    }

    /// <summary>The head of a stored response that was found not to have changed (RFC 9111, sections 3.2 and 4.3.4); null if it is not to be stored any more.</summary>
    /// <param name="stored">The head.</param>
    /// <param name="asked">What was asked whether it had changed.</param>
    /// <param name="message">The answer.</param>
    /// <param name="askedAt">When it was asked, as a timestamp.</param>
    /// <param name="isOwn">Whether it is the one that answers this request, rather than another variant.</param>
    public StoredHead? Freshen(StoredHead stored, (CacheAddress Address, IFieldSource Request) asked, BackendResponse message, long askedAt, bool isOwn = true)
    {
        if (VarianceOf(stored, asked, message, isOwn) is not { } variance)
        {
            return null;
        }

        var updated = new Dictionary<string, StringValues>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in stored.Fields)
        {
            updated[name] = values;
        }

        // One that does not say when it was made was made when it came, as for any response.
        updated["Date"] = HttpDate.Format(_clock.Time.GetUtcNow());
        foreach (var (name, values) in FieldsOf(message, withheld: null))
        {
            if (!DescribesTheBody(name))
            {
                updated[name] = values;
            }
        }

        var fields = new FieldSnapshot([.. updated, .. AgeOf(message)]);
        if (RulesOf(Trusted(asked.Address), asked.Request, stored.Status, fields) is not { } rules)
        {
            return null;
        }

        var kept = updated.Where(field => rules.Withheld is not { } withheld || !IsNamed(withheld, field.Key)).ToList();
        var head = Make(message, kept, fields, rules, (variance, askedAt));
        return head with { Status = stored.Status, Reason = stored.Reason, Version = stored.Version };
    }

    // It may depend on other fields by now; what the requests for other variants said in these is not known any more.
    private static Variance? VarianceOf(StoredHead stored, (CacheAddress Address, IFieldSource Request) asked, BackendResponse message, bool isOwn)
    {
        var vary = message["Vary"];
        var names = vary.Count == 0 ? stored.Variance.Names : NamesOf(vary, asked.Address.Caching);
        if (names.AsSpan().SequenceEqual(stored.Variance.Names))
        {
            return stored.Variance;
        }

        if (!isOwn || Array.Exists(names, DependsOnWhoAsks))
        {
            return null;
        }

        var variance = Variance.Of(stored.Variance.Scope, names, asked.Request);
        return variance.Length > LongestVariance ? null : variance;
    }

    // What a route forces does not hold for a path that a backend may take for another: /static/..%2faccount is none of the static files.
    private static RouteCaching? Trusted(in CacheAddress asked) => asked.Caching is { IsForced: true } && RawTarget.HasEncodedSlash(asked.Target) ? null : asked.Caching;

    private Storability? RulesOf(RouteCaching? caching, IFieldSource request, int status, IFieldSource response)
    {
        if (caching is { IsForced: true, Ttl: { } forced })
        {
            var isFit = status is 200 or 203 or 301 or 308 && response["Set-Cookie"].Count == 0 && request["Authorization"].Count == 0 && !VaryRules.IsAnything(response["Vary"]);
            return isFit
                ? new Storability(forced, IsHeuristic: false, NeedsValidation: false, NeverStale: false, IsForEverybody: true, Withheld: null, TimeSpan.Zero, TimeSpan.Zero)
                : null;
        }

        var rules = Storability.Judge(request, status, response, caching is { IgnoresClients: true } ? _rules with { IgnoresClients = true } : _rules, _clock.Time.GetUtcNow());
        return rules is { NeedsValidation: false } && caching?.Ttl is { } ttl ? rules with { Lifetime = ttl, IsHeuristic = false } : rules;
    }

    private static string[] NamesOf(StringValues vary, RouteCaching? caching) => caching is { KeyHeaders.Length: > 0 }
        ? VaryRules.NamesOf(StringValues.Concat(vary, caching.KeyHeaders))
        : VaryRules.NamesOf(vary);

    // Nearly all that is never stored says nothing at all: that is seen without reading any of it.
    private bool SaysAnything(BackendResponse fields)
    {
        if (fields["Cache-Control"].Count > 0 || fields["Expires"].Count > 0 || fields["Last-Modified"].Count > 0 || fields["ETag"].Count > 0)
        {
            return true;
        }

        foreach (var name in _rules.TargetedFields)
        {
            if (fields[name].Count > 0)
            {
                return true;
            }
        }

        return false;
    }

    // What we write ourselves for each client, and so no client's own.
    private static bool DependsOnWhoAsks(string name) =>
        name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase) || name.Equals("Forwarded", StringComparison.OrdinalIgnoreCase);

    // What would say something else of the bytes that are stored; Content-Length is no field of a stored head.
    private static bool DescribesTheBody(string name) =>
        name.Equals("Content-Encoding", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Content-Range", StringComparison.OrdinalIgnoreCase);

    private static List<KeyValuePair<string, StringValues>> FieldsOf(BackendResponse message, string? withheld)
    {
        var fields = message.Forwarded();
        fields.RemoveAll(field => field.Key.Equals("Age", StringComparison.OrdinalIgnoreCase) || (withheld is not null && IsNamed(withheld, field.Key)));
        return fields;
    }

    private static bool IsNamed(string names, string field) => HopByHop.HasToken(names, field);

    private static IEnumerable<KeyValuePair<string, StringValues>> AgeOf(BackendResponse message) =>
        message["Age"] is { Count: > 0 } age ? [new("Age", age)] : [];

    private StoredHead Make(
        BackendResponse message,
        List<KeyValuePair<string, StringValues>> kept,
        IFieldSource fields,
        Storability rules,
        (Variance Variance, long AskedAt) asked)
    {
        var now = _clock.Now;
        var wall = _clock.Time.GetUtcNow();
        var age = AgeRules.Initial(fields["Age"], fields["Date"], _clock.Span(now - asked.AskedAt), wall);
        var bornAt = now - _clock.Ticks(age);
        var freshUntil = bornAt + _clock.Ticks(rules.Lifetime);
        var tag = fields["ETag"] is [{ } etag] && EntityTag.IsValid(etag) ? etag : null;
        var modified = fields["Last-Modified"] is [{ } line] ? line : null;
        var revalidateUntil = freshUntil;
        var errorUntil = freshUntil;
        var keepUntil = freshUntil;
        if (!rules.NeverStale)
        {
            revalidateUntil += _clock.Ticks(Longer(rules.StaleWhileRevalidate, _stale.WhileRevalidate));
            errorUntil += _clock.Ticks(Longer(rules.StaleIfError, _stale.IfError));
            keepUntil += _clock.Ticks(_http.Keep);
        }
        else if (tag is not null || modified is not null)
        {
            keepUntil += _clock.Ticks(_http.Keep);
        }

        // A backend's Date stays as it is; one that says nothing gets the moment of its coming (RFC 9110, section 6.6.1).
        if (fields["Date"].Count == 0)
        {
            kept.Add(new("Date", HttpDate.Format(wall)));
        }

        return new StoredHead
        {
            Status = message.StatusCode,
            Reason = message.Reason,
            Version = message.Version,
            Fields = [.. kept],
            Variance = asked.Variance,
            Tags = TagsOf(fields),
            ETag = tag,
            LastModified = modified,
            LastModifiedAt = HttpDate.TryParseOne(fields["Last-Modified"], wall),
            MadeAt = fields["Date"].Count == 0 ? wall : HttpDate.TryParseOne(fields["Date"], wall),
            Rules = rules,
            BornAt = bornAt,
            AskedAt = asked.AskedAt,
            FreshUntil = freshUntil,
            RevalidateUntil = revalidateUntil,
            ErrorUntil = errorUntil,
            KeepUntil = Math.Max(keepUntil, Math.Max(revalidateUntil, errorUntil)),
        };
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private string[] TagsOf(IFieldSource fields)
    {
        if (_http.TagField.Length == 0 || fields[_http.TagField] is not { Count: > 0 } lines)
        {
            return [];
        }

        return [.. string.Join(' ', (IEnumerable<string?>)lines).Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];
    }
}
