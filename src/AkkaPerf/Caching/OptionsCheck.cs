using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace AkkaPerf.Caching;

/// <summary>Checks the options of a cache that no configuration file has been read for.</summary>
internal static class OptionsCheck
{
    /// <summary>Checks the options, nested ones too.</summary>
    /// <exception cref="ArgumentException">Lists every fault: its property, its value, what is allowed.</exception>
    public static void Check(CacheOptions options)
    {
        var faults = Faults(options, nameof(CacheOptions)).Concat(Contradictions(options.L2)).ToList();
        if (faults.Count > 0)
        {
            throw new ArgumentException("The cache's options are not valid:" + string.Concat(faults.Select(fault => Environment.NewLine + "  " + fault)), nameof(options));
        }
    }

    // As in a file, a default that nobody chose contradicts nothing: the shorter time holds.
    private static IEnumerable<string> Contradictions(L2Options? options)
    {
        if (options is not null && options.SoftTimeout > options.HardTimeout && options.SoftTimeout != new L2Options().SoftTimeout)
        {
            const string Path = $"{nameof(CacheOptions)}.{nameof(CacheOptions.L2)}";
            yield return FormattableString.Invariant(
                $"{Path}.{nameof(L2Options.SoftTimeout)} is {options.SoftTimeout}: it must be at most {nameof(L2Options.HardTimeout)}, {options.HardTimeout}.");
        }
    }

    private static IEnumerable<string> Faults(object options, string path)
    {
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            var value = property.GetValue(options);
            var name = $"{path}.{property.Name}";
            foreach (var rule in property.GetCustomAttributes<ValidationAttribute>().Where(rule => !rule.IsValid(value)))
            {
                yield return FormattableString.Invariant($"{name} is {value}: {rule.FormatErrorMessage(property.Name)}");
            }

            if (value is not null && property.PropertyType is { IsClass: true } type && type != typeof(string))
            {
                foreach (var fault in Faults(value, name))
                {
                    yield return fault;
                }
            }
        }
    }
}
