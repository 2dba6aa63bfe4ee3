using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Http.Tests.Telemetry;

/// <summary>All events that any of our assemblies writes into the log: operators filter and alert by them, so that none changes unseen.</summary>
public sealed class EventTests
{
    private static readonly Assembly[] Ours =
    [
        .. Directory.GetFiles(AppContext.BaseDirectory, "AkkaPerf*.dll")
            .Select(static file => Path.GetFileNameWithoutExtension(file))
            .Where(static name => !name.Contains("Tests", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(Assembly.Load),
    ];

    [Fact]
    public void Every_event_has_its_id_level_and_text()
    {
        Assert.Superset(
            new HashSet<string> { "AkkaPerf", "AkkaPerf.Gateway", "AkkaPerf.Http", "AkkaPerf.Redis", "AkkaPerf.Sqlite" },
            Ours.Select(static assembly => assembly.GetName().Name!).ToHashSet());
        var found = Ours.SelectMany(static assembly => Events(assembly)
            .OrderBy(static one => one.EventId)
            .Select(one => $"{assembly.GetName().Name} {one.EventId} {one.Level}: {one.Message}")).ToArray();
        File.WriteAllLines(Beside("events.received.txt"), found);
        Assert.Equal(File.ReadAllLines(Beside("events.approved.txt")), found);
        File.Delete(Beside("events.received.txt"));
    }

    [Fact]
    public void No_id_is_used_twice()
    {
        var ids = Ours.SelectMany(Events).Select(static one => one.EventId).ToArray();
        Assert.NotEmpty(ids);
        Assert.DoesNotContain(ids, static id => id <= 0);
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    private static IEnumerable<LoggerMessageAttribute> Events(Assembly assembly) => assembly.GetTypes()
        .SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        .Select(static method => method.GetCustomAttribute<LoggerMessageAttribute>())
        .OfType<LoggerMessageAttribute>();

    private static string Beside(string file, [CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, file);
}
