using Akka.Streams;
using Akka.Streams.Stage;
using AkkaPerf.Exchanges;

namespace AkkaPerf.Layers;

/// <summary>One station of the path: sees each exchange on its way down and once more on its way up.</summary>
internal abstract class Layer : GraphStage<BidiShape<Exchange, Exchange, Exchange, Exchange>>
{
    private readonly string _name;

    protected Layer(string name)
    {
        _name = name;
        RequestIn = new Inlet<Exchange>(name + ".request.in");
        RequestOut = new Outlet<Exchange>(name + ".request.out");
        OutcomeIn = new Inlet<Exchange>(name + ".outcome.in");
        OutcomeOut = new Outlet<Exchange>(name + ".outcome.out");
        Shape = new BidiShape<Exchange, Exchange, Exchange, Exchange>(RequestIn, RequestOut, OutcomeIn, OutcomeOut);
    }

    /// <summary>From the layer above.</summary>
    public Inlet<Exchange> RequestIn { get; }

    /// <summary>To the layer below.</summary>
    public Outlet<Exchange> RequestOut { get; }

    /// <summary>From the layer below.</summary>
    public Inlet<Exchange> OutcomeIn { get; }

    /// <summary>To the layer above.</summary>
    public Outlet<Exchange> OutcomeOut { get; }

    /// <inheritdoc />
    public sealed override BidiShape<Exchange, Exchange, Exchange, Exchange> Shape { get; }

    /// <inheritdoc />
    protected sealed override Attributes InitialAttributes => Attributes.CreateName(_name);

    /// <inheritdoc />
    public override string ToString() => _name;
}
