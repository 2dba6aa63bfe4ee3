namespace AkkaPerf.Http.Tests.Loopback;

/// <summary>Programs that tests use if they are installed.</summary>
internal static class Programs
{
    /// <summary>Where one is; null if it is not on the path.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);
}
