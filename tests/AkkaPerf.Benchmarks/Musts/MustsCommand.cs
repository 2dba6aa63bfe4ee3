using AkkaPerf.Benchmarks.Results;

namespace AkkaPerf.Benchmarks.Musts;

/// <summary>What the newest results of each suite say of all that is demanded.</summary>
internal static class MustsCommand
{
    /// <returns>1 if something does not hold or was not measured.</returns>
    public static int Run()
    {
        var holds = true;
        foreach (var result in ResultFile.Newest().Where(static result => AllMusts.Of(result.Suite).Count > 0))
        {
            var verdicts = AllMusts.Judge(result.Suite, result.Scenarios);
            Console.WriteLine(FormattableString.Invariant($"### {result.Suite}, {result.Date:yyyy-MM-dd}\n"));
            Console.WriteLine(VerdictTable.Markdown(verdicts, isWhole: true));
            holds &= verdicts.All(static verdict => verdict.Holds == true);
        }

        return holds ? 0 : 1;
    }
}
