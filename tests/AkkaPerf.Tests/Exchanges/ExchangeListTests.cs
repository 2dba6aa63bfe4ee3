using AkkaPerf.Exchanges;
using AkkaPerf.Tests.Layers;

namespace AkkaPerf.Tests.Exchanges;

public sealed class ExchangeListTests
{
    private readonly StageHost _host = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Is_first_in_first_out_whatever_is_taken_out_of_its_middle(int seed)
    {
        var random = new Random(seed);
        var list = new ExchangeList();
        var model = new List<Exchange>();
        for (var step = 0; step < 5_000; step++)
        {
            switch (random.Next(4))
            {
                case < 2:
                    var added = _host.NewExchange();
                    list.Add(added);
                    model.Add(added);
                    break;
                case 2 when model.Count > 0:
                    var index = random.Next(model.Count);
                    Assert.True(list.Remove(model[index]));
                    Assert.False(list.Remove(model[index]));
                    model.RemoveAt(index);
                    break;
                default:
                    Assert.Equal(model.Count > 0, list.TryTake(out var taken));
                    if (model.Count > 0)
                    {
                        Assert.Same(model[0], taken);
                        model.RemoveAt(0);
                    }

                    break;
            }

            Assert.Equal(model.Count, list.Count);
            Assert.Same(model.FirstOrDefault(), list.First);
        }

        foreach (var expected in model)
        {
            Assert.True(list.TryTake(out var taken));
            Assert.Same(expected, taken);
        }
    }

    [Fact]
    public void Does_not_take_out_what_is_in_another()
    {
        var (one, other) = (new ExchangeList(), new ExchangeList());
        var exchange = _host.NewExchange();
        one.Add(exchange);

        Assert.False(other.Remove(exchange));
        Assert.True(one.Remove(exchange));
        other.Add(exchange);

        Assert.Same(exchange, other.First);
        Assert.Equal((0, 1), (one.Count, other.Count));
    }
}
