using System.Collections;

namespace AkkaPerf.Hosting;

/// <summary>Finds the keys in which two options objects of one class differ.</summary>
internal static class OptionsComparer
{
    public static IReadOnlyList<string> Differences(object one, object other)
    {
        var found = new List<string>();
        Compare(one, other, "", found);
        return found;
    }

    private static void Compare(object one, object other, string path, List<string> found)
    {
        foreach (var property in OptionProperty.Of(one.GetType()))
        {
            var key = path.Length == 0 ? property.Key : $"{path}.{property.Key}";
            var (a, b) = (property.Get(one), property.Get(other));
            if (property.IsSection && a is not null && b is not null)
            {
                Compare(a, b, key, found);
            }
            else if (property.ElementType is { } element ? !AreSame((IList?)a, (IList?)b, element) : !Equals(a, b))
            {
                found.Add(key);
            }
        }
    }

    private static bool AreSame(IList? one, IList? other, Type element)
    {
        if (one is null || other is null || one.Count != other.Count)
        {
            return (one?.Count ?? 0) == (other?.Count ?? 0);
        }

        for (var i = 0; i < one.Count; i++)
        {
            var same = ScalarType.IsScalar(element) ? Equals(one[i], other[i]) : Differences(one[i]!, other[i]!).Count == 0;
            if (!same)
            {
                return false;
            }
        }

        return true;
    }
}
