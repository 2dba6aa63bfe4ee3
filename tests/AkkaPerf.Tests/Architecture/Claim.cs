namespace AkkaPerf.Tests.Architecture;

/// <summary>Assertions that list every offender whole.</summary>
internal static class Claim
{
    public static void None(IEnumerable<string> offenders)
    {
        string[] all = [.. offenders.Distinct().Order(StringComparer.Ordinal)];
        Assert.True(all.Length == 0, string.Join('\n', all));
    }
}
