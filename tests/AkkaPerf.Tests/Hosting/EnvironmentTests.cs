using Akka.Hosting;
using AkkaPerf.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AkkaPerf.Tests.Hosting;

/// <summary>What the environment says, among all who say something.</summary>
[Collection(EnvironmentCollection.Name)]
public sealed class EnvironmentTests
{
    [Fact]
    public async Task Users_hocon_wins_over_code_and_the_environment_over_both()
    {
        const string Variable = "AKKAPERF__PIPELINES__RANKED_HERE__THROTTLE__CONCURRENCY";
        Environment.SetEnvironmentVariable(Variable, "33");
        try
        {
            var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
            builder.Services.AddAkkaPerf();
            builder.Services.AddAkka("ranked", (akka, _) => akka
                .AddHocon("akka.loglevel = OFF, akka.stdout-loglevel = OFF", HoconAddMode.Prepend)
                .AddHocon("akkaperf.pipelines.ranked-here { throttle.concurrency = 22, ingress.capacity = 222 }", HoconAddMode.Prepend)
                .WithPipeline<int, int>("ranked-here", pipeline => pipeline
                    .Configure(options =>
                    {
                        options.Throttle.Concurrency = 11;
                        options.Ingress.Capacity = 111;
                        options.Throttle.Queue = 7;
                    })
                    .Handle((id, _) => Task.FromResult(id))));
            using var host = builder.Build();
            await host.StartAsync();

            var pipeline = host.Services.GetRequiredService<IPipelines>().Find("ranked-here")!.Describe();

            Assert.Equal(33, pipeline.Permits.Limit);
            Assert.Equal(222, pipeline.Capacity);
            Assert.Equal(7, pipeline.Places);
            await host.StopAsync();
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, value: null);
        }
    }
}
