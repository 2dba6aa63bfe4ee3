using System.Reflection;
using AkkaPerf.Telemetry;
using Microsoft.Extensions.Logging;

namespace AkkaPerf.Tests.Telemetry;

/// <summary>All events there are in the log.</summary>
public sealed class EventTests
{
    [Fact]
    public void Every_event_has_an_id_of_its_own_from_the_one_table()
    {
        var table = typeof(LogEvents).GetFields(BindingFlags.Public | BindingFlags.Static).Select(static field => (int)field.GetValue(null)!).ToArray();
        var used = typeof(LogEvents).Assembly.GetTypes()
            .SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Select(static method => method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId)
            .OfType<int>()
            .ToArray();

        Assert.Equal(table.Order(), used.Order());
        Assert.Equal(used.Length, used.Distinct().Count());
    }
}
