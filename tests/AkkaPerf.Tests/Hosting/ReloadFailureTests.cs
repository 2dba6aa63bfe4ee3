using System.Runtime.CompilerServices;
using Akka.Hosting;
using AkkaPerf.Backends;
using AkkaPerf.Caching;
using AkkaPerf.Caching.Distributed;
using AkkaPerf.Hosting;
using AkkaPerf.Pipeline;
using AkkaPerf.TestKit;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AkkaPerf.Tests.Hosting;

/// <summary>Reloads that come to nothing leave nothing behind.</summary>
public sealed class ReloadFailureTests : IAsyncLifetime
{
    private readonly WatchedSource _source = new();
    private IHost _host = null!;

    private PipelineReloader Reloader => _host.Services.GetRequiredService<PipelineReloader>();

    private IRequestPipeline<int, string> Pipeline => _host.Services.GetRequiredKeyedService<IRequestPipeline<int, string>>("shop");

    public async Task InitializeAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddAkkaPerf().AddSingleton<ISecondLevelProvider>(new FailingProvider(_source));
        builder.Services.AddAkka("test", (akka, _) => akka
            .AddHocon("akka.loglevel = OFF", HoconAddMode.Append)
            .WithPipeline(Blueprint("shop", static pipeline => pipeline.Handle(static (id, _) => Task.FromResult($"first {id}")))));
        _host = builder.Build();
        await _host.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    [Fact]
    public async Task One_that_cannot_be_started_takes_along_those_that_have_been()
    {
        var broken = Blueprint("broken", static pipeline => pipeline
            .Configure(static options => options.Cache.L2.Provider = L2Provider.Given)
            .CacheBy(static id => $"{id}")
            .Handle(static (id, _) => Task.FromResult($"{id}")));

        await Assert.ThrowsAsync<InvalidOperationException>(() => ApplyAsync(CancellationToken.None, Successor(), broken));

        await _source.EndedAsync();
        Assert.Equal("first 1", await Pipeline.SendAsync(1));
        Assert.Single(_host.Services.GetRequiredService<IPipelines>().All);
    }

    [Fact]
    public async Task While_the_application_stops_nothing_is_changed()
    {
        _host.Services.GetRequiredService<PipelineRegistry>().BeginStopping();

        await Assert.ThrowsAsync<InvalidOperationException>(() => ApplyAsync(CancellationToken.None, Successor()));

        Assert.False(_source.HasBegun);
        Assert.Equal("first 1", await Pipeline.SendAsync(1));
    }

    [Fact]
    public async Task An_application_that_stops_meanwhile_sees_no_successor()
    {
        using var goOn = new CancellationTokenSource();
        Reloader.Patience = TimeSpan.FromHours(1);
        var applying = ApplyAsync(goOn.Token, Successor());
        await Patience.UntilAsync(() => _source.HasBegun, () => "the successor looks for its backends", CancellationToken.None);
        _host.Services.GetRequiredService<PipelineRegistry>().BeginStopping();
        await goOn.CancelAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => applying);

        await _source.EndedAsync();
        Assert.Equal("first 1", await Pipeline.SendAsync(1));
    }

    private static PipelineBlueprint Blueprint(string name, Action<PipelineBuilder<int, string>> define) => PipelineBlueprint.Create<int, string>(name, pipeline =>
    {
        pipeline.Configure(static options => options.Health.Enabled = false);
        define(pipeline);
    });

    private PipelineBlueprint Successor() =>
        Blueprint("shop", pipeline => pipeline.BackendsFrom(_source).Handle(static (id, _) => Task.FromResult($"second {id}")));

    private Task<IReadOnlyList<string>> ApplyAsync(CancellationToken cancellationToken, params PipelineBlueprint[] blueprints)
    {
        if (!cancellationToken.CanBeCanceled)
        {
            Reloader.Patience = TimeSpan.Zero;
        }

        return Reloader.ApplyAsync(new ConfigurationStack([ConfigurationSource.Reference]), blueprints, static name => name == "shop", cancellationToken: cancellationToken);
    }

    // Knows of no backends, and of the end of whoever asks.
    private sealed class WatchedSource : IBackendSource
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _hasBegun;

        public bool HasBegun => _hasBegun;

        public Task EndedAsync() => Patience.UntilAsync(() => _ended.Task.IsCompleted, () => "the successor ends", CancellationToken.None);

        public async IAsyncEnumerable<IReadOnlyList<BackendOptions>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            cancellationToken.Register(_ended.SetResult);
            _hasBegun = true;
            await _ended.Task;
            yield break;
        }
    }

    // Fails once the one that was started before it is under way.
    private sealed class FailingProvider(WatchedSource source) : ISecondLevelProvider
    {
        public L2Provider Provider => L2Provider.Given;

        public IDistributedCache Create(L2Options options)
        {
            Assert.True(SpinWait.SpinUntil(() => source.HasBegun, TimeSpan.FromSeconds(20)));
            throw new ArgumentException("It is none.", nameof(options));
        }
    }
}
