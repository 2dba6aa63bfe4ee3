namespace AkkaPerf.Http.Caching;

/// <summary>What was marked, and when, as timestamps.</summary>
/// <param name="All">When everything was; the smallest number for never.</param>
/// <param name="Keys">Single keys.</param>
/// <param name="Tags">Tags.</param>
/// <param name="Prefixes">What keys begin with.</param>
internal sealed record SoftMarksSnapshot(
    long All, KeyValuePair<string, long>[] Keys, KeyValuePair<string, long>[] Tags, KeyValuePair<string, long>[] Prefixes)
{
    public bool IsEmpty => All == long.MinValue && Keys.Length + Tags.Length + Prefixes.Length == 0;

    /// <summary>One mark of everything, at the time of the last of them: more than enough, for those who have no room for each.</summary>
    public SoftMarksSnapshot Merged() => new(Math.Max(All, Keys.Concat(Tags).Concat(Prefixes).Select(static mark => mark.Value).DefaultIfEmpty(All).Max()), [], [], []);
}
