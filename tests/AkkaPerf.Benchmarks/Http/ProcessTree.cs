using System.Globalization;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>A process with all that it started, as /proc tells: a server may do its work in children.</summary>
internal static class ProcessTree
{
    // The kernel's unit in /proc, the same on every platform that .NET runs on.
    private const double TicksPerSecond = 100;

    // Fields of /proc/PID/stat behind the name, which may hold spaces: state is the first.
    private const int Parent = 1;
    private const int FirstTime = 11;
    private const int LastTime = 14;

    /// <summary>User and system time, of children that have ended too; in steps of 10 ms.</summary>
    public static TimeSpan CpuTime(int root)
    {
        var processes = Read();
        return TimeSpan.FromSeconds(Members(processes, root).Sum(id => Ticks(processes[id])) / TicksPerSecond);
    }

    /// <summary>Resident memory in MiB; a page that several of them share counts for each.</summary>
    public static double MemoryMiB(int root) => Members(Read(), root).Sum(ResidentKiB) / 1024;

    private static double Ticks(string[] stat) =>
        stat[FirstTime..(LastTime + 1)].Sum(static text => double.Parse(text, CultureInfo.InvariantCulture));

    private static double ResidentKiB(int id)
    {
        try
        {
            var line = File.ReadLines($"/proc/{id}/status").FirstOrDefault(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return line is null ? 0 : double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static List<int> Members(Dictionary<int, string[]> processes, int root)
    {
        var children = processes.ToLookup(static one => int.Parse(one.Value[Parent], CultureInfo.InvariantCulture), static one => one.Key);
        List<int> members = processes.ContainsKey(root) ? [root] : [];
        for (var i = 0; i < members.Count; i++)
        {
            members.AddRange(children[members[i]]);
        }

        return members;
    }

    private static Dictionary<int, string[]> Read()
    {
        var processes = new Dictionary<int, string[]>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) && ReadStat(folder) is { } stat)
            {
                processes.Add(id, stat[(stat.LastIndexOf(')') + 2)..].Split(' '));
            }
        }

        return processes;
    }

    // Null where it has ended meanwhile.
    private static string? ReadStat(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "stat"));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
