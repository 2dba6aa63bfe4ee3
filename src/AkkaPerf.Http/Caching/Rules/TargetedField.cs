namespace AkkaPerf.Http.Caching.Rules;

/// <summary>Fields like CDN-Cache-Control, which speak to some caches only (RFC 9213): dictionaries of structured fields.</summary>
internal static class TargetedField
{
    /// <summary>Reads the first of them that is there and valid; false if there is none.</summary>
    public static bool TryRead(IFieldSource response, IReadOnlyList<string> names, out CacheControl control)
    {
        // By index: an enumerator would be made for every response.
        for (var i = 0; i < names.Count; i++)
        {
            if (response[names[i]] is { Count: > 0 } lines && TryRead(string.Join(',', (IEnumerable<string?>)lines), out control))
            {
                return true;
            }
        }

        control = default;
        return false;
    }

    // Of a directive that stands there twice the last one counts (RFC 9651, section 4.2.2); one of the wrong type is as good as not there.
    private static bool TryRead(string text, out CacheControl control)
    {
        control = default;
        if (!StructuredDictionary.TryParse(text, out var members) || members.Count == 0)
        {
            return false;
        }

        foreach (var (key, value) in members)
        {
            switch (value)
            {
                case bool isSo:
                    if (isSo)
                    {
                        control.ReadOne(key, value: default, hasValue: false);
                    }

                    break;
                case long number when number >= 0:
                    control.ReadOne(key, number.ToString(System.Globalization.CultureInfo.InvariantCulture), hasValue: true);
                    break;
                case string fields when key is "no-cache" or "private":
                    control.ReadOne(key, fields, hasValue: true);
                    break;
                default:
                    break;
            }
        }

        return true;
    }
}
