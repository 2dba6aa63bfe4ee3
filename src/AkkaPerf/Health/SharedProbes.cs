using Akka.Actor;

namespace AkkaPerf.Health;

/// <summary>Who asks which backend what, in all pipelines of an actor system: those who ask the same are told one another's answers. Any thread.</summary>
/// <remarks>However many pipelines have a backend, it is probed about as often as by one of them.</remarks>
internal sealed class SharedProbes : IExtension
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ProbeQuestion, IReadOnlyList<IActorRef>> _askers = [];

    /// <summary>Those of an actor system.</summary>
    public static SharedProbes Of(ActorSystem system) => new Provider().Apply(system);

    /// <summary>The most who ask the same.</summary>
    public int MostAlike
    {
        get
        {
            lock (_gate)
            {
                return _askers.Values.Select(static askers => askers.Count).DefaultIfEmpty().Max();
            }
        }
    }

    public void Join(ProbeQuestion question, IActorRef asker)
    {
        lock (_gate)
        {
            _askers[question] = [.. AskersOf(question).Where(other => !other.Equals(asker)), asker];
        }
    }

    public void Leave(ProbeQuestion question, IActorRef asker)
    {
        lock (_gate)
        {
            IReadOnlyList<IActorRef> left = [.. AskersOf(question).Where(other => !other.Equals(asker))];
            if (left.Count > 0)
            {
                _askers[question] = left;
            }
            else
            {
                _askers.Remove(question);
            }
        }
    }

    /// <summary>Tells all but whoever asked.</summary>
    public void Tell(ProbeQuestion question, IActorRef asker, object answer)
    {
        IReadOnlyList<IActorRef> askers;
        lock (_gate)
        {
            askers = AskersOf(question);
        }

        foreach (var other in askers)
        {
            if (!other.Equals(asker))
            {
                other.Tell(answer, ActorRefs.NoSender);
            }
        }
    }

    private IReadOnlyList<IActorRef> AskersOf(ProbeQuestion question) => _askers.GetValueOrDefault(question) ?? [];

    private sealed class Provider : ExtensionIdProvider<SharedProbes>
    {
        public override SharedProbes CreateExtension(ExtendedActorSystem system) => new();
    }
}
