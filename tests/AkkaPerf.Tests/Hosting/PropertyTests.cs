using System.Globalization;
using System.Text;
using AkkaPerf.Backends;
using AkkaPerf.Hosting;
using AkkaPerf.Ingress;
using AkkaPerf.Pipeline;
using CsCheck;

namespace AkkaPerf.Tests.Hosting;

public sealed class PropertyTests
{
    // What configurations are made of, so that garbage gets past the first character.
    private static readonly string[] Pieces =
    [
        "akkaperf", "pipeline", "pipelines", "shop", "backends", "timeout", "throttle", "queue", "l1", "x",
        " ", " ", "\n", ".", ".", "=", "=", ":", "{", "{", "}", "}", "[", "]", ",", "\"", "\"\"\"", "${", "$", "#", "//", "\\", "+=", "include ",
        "5", "5s", "-1", "1e999", "null", "on", "id = a", "address = \"http://a\"", "\u0000", "\ud83d\ude00", "\u00a0", "\r\n", "akkaperf.pipeline", "${akkaperf}", "${x}",
    ];

    private static readonly Gen<PipelineOptions> Options =
        from timeout in Gen.Long[10_000, TimeSpan.TicksPerDay]
        from drain in Gen.Long[0, TimeSpan.TicksPerHour]
        from dispatcher in Gen.Enum<DispatcherKind>()
        from whenFull in Gen.Enum<WhenFull>()
        from enabled in Gen.Bool
        from bytes in Gen.Long[1024, 1L << 40]
        from concurrency in Gen.Int[1, 1_000_000]
        from rate in Gen.Double[0, 10_000_000]
        from connections in Gen.Int[1, 100_000]
        from idle in Gen.Int[0, connections]
        from backends in Backend.List[0, 5]
        select new PipelineOptions
        {
            Timeout = TimeSpan.FromTicks(timeout),
            DrainTimeout = TimeSpan.FromTicks(drain),
            Dispatcher = dispatcher,
            Ingress = { WhenFull = whenFull },
            Cache = { Enabled = enabled, L1 = { MaxBytes = bytes } },
            Throttle = { Concurrency = concurrency, Rate = rate },
            Connections = { MaxPerBackend = connections, MinIdle = idle },
            Backends = [.. backends.DistinctBy(backend => backend.Id)],
        };

    private static Gen<BackendOptions> Backend =>
        from id in Gen.Char["abcXYZ019._-"].Array[1, 8]
        from port in Gen.Int[1, 65_535]
        from weight in Gen.Int[0, 1000]
        select new BackendOptions { Id = new string(id), Address = new Uri($"http://127.0.0.1:{port}"), Weight = weight };

    [Fact]
    public void Options_written_as_hocon_are_read_back_equal() => Options.Check(options =>
    {
        var tree = OptionsWriter.Differences(options, new PipelineOptions(), new("test", "akkaperf.pipeline"));
        var bound = Given.Configuration(Given.Hocon($"akkaperf.pipeline {Text(tree)}")).Bind("shop");

        Assert.DoesNotContain(OptionsWriter.Differences(bound.Value, WithoutBackends(options), new("", "")).Items, item => item.Key != "backends");
        Assert.Equal(
            options.Backends.Select(backend => (backend.Id, backend.Address, backend.Weight)),
            bound.Value.Backends.Select(backend => (backend.Id, backend.Address, backend.Weight)));
    });

    [Fact]
    public void Options_set_in_code_are_bound_as_they_are() => Options.Check(options =>
    {
        var bound = Given.Configuration().Bind("shop", target =>
        {
            target.Timeout = options.Timeout;
            target.Cache = options.Cache;
            target.Connections = options.Connections;
            target.Backends = options.Backends;
        });

        Assert.Equal(options.Timeout, bound.Value.Timeout);
        Assert.Equal(options.Cache.L1.MaxBytes, bound.Value.Cache.L1.MaxBytes);
        Assert.Equal(options.Connections.MinIdle, bound.Value.Connections.MinIdle);
        Assert.Equal(options.Backends.Select(backend => backend.Id), bound.Value.Backends.Select(backend => backend.Id));
    });

    [Fact]
    public void Garbage_ends_in_faults_or_in_options_but_never_in_another_exception() =>
        AnyOf(Pieces).Array[0, 60].Select(string.Concat).Check(BindOrRefuse, iter: 5_000);

    [Fact]
    public void Garbage_as_a_value_does_too() =>
        Gen.Select(AnyOf("timeout", "cache.l1.max-bytes", "throttle.rate", "throttle.queue", "backends", "cache", "health.path"), Gen.String)
            .Check((key, value) =>
            {
                BindOrRefuse($"akkaperf.pipeline.{key} = {value}");
                BindOrRefuse($"akkaperf.pipeline.{key} = \"{value}\"");
            });

    [Fact]
    public void Garbage_in_the_environment_does_too() =>
        Gen.Select(AnyOf("PIPELINE", "PIPELINES", "SHOP", "TIMEOUT", "_", "__", "X").Array[0, 6], AnyOf(Pieces).Array[0, 6])
            .Select((name, value) => ($"AKKAPERF__{string.Join("__", name)}", string.Concat(value)))
            .Array[0, 4]
            .Check(variables => Refused(() => Given.Configuration(Given.Environment(variables)).Bind("shop").Value));

    private static Gen<string> AnyOf(params string[] items) => Gen.Int[0, items.Length - 1].Select(index => items[index]);

    private static void BindOrRefuse(string hocon) => Refused(() => Given.Configuration(Given.Hocon(hocon)).Bind("shop").Value);

    private static void Refused(Func<object> bind)
    {
        try
        {
            Assert.NotNull(bind());
        }
        catch (InvalidConfigurationException refusal)
        {
            Assert.NotEmpty(refusal.Faults);
            Assert.All(refusal.Faults, fault => Assert.NotEqual("", fault.Problem));
        }
    }

    private static PipelineOptions WithoutBackends(PipelineOptions options) => new()
    {
        Timeout = options.Timeout,
        DrainTimeout = options.DrainTimeout,
        Dispatcher = options.Dispatcher,
        Ingress = options.Ingress,
        Cache = options.Cache,
        Throttle = options.Throttle,
        Connections = options.Connections,
    };

    private static string Text(ConfigurationNode node) => node switch
    {
        ConfigurationNode.Section section => section.Items
            .Aggregate(new StringBuilder("{\n"), (text, item) => text.Append(CultureInfo.InvariantCulture, $"{item.Key} = {Text(item.Value)}\n"))
            .Append('}')
            .ToString(),
        ConfigurationNode.Sequence list => $"[{string.Join(", ", list.Items.Select(Text))}]",
        _ => $"\"{((ConfigurationNode.Scalar)node).Text}\"",
    };
}
