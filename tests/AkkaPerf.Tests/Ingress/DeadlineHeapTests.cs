using AkkaPerf.Exchanges;
using AkkaPerf.Ingress;
using AkkaPerf.Tests.Layers;

namespace AkkaPerf.Tests.Ingress;

public sealed class DeadlineHeapTests
{
    private readonly StageHost _host = new();

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 50)]
    [InlineData(3, 1_000_000)]
    public void Gives_the_next_deadline_first_whatever_is_added_and_taken_out(int seed, int deadlines)
    {
        var random = new Random(seed);
        var heap = new DeadlineHeap();
        var model = new List<Exchange>();
        for (var step = 0; step < 5_000; step++)
        {
            switch (random.Next(5))
            {
                case < 3 when step < 4_000:
                    var added = _host.NewExchange(deadline: random.Next(deadlines));
                    heap.Add(added);
                    model.Add(added);
                    break;
                case 3 when model.Count > 0:
                    var index = random.Next(model.Count);
                    heap.Remove(model[index]);
                    Assert.Equal(-1, model[index].DeadlinePlace);
                    model.RemoveAt(index);
                    break;
                default:
                    if (heap.First is { } first)
                    {
                        heap.Remove(first);
                        Assert.True(model.Remove(first));
                    }

                    break;
            }

            Assert.Equal(model.Count, heap.Count);
            Assert.Equal(model.Count == 0 ? null : model.Min(exchange => exchange.Deadline), heap.First?.Deadline);
        }
    }

    [Fact]
    public void Taking_out_what_is_not_in_it_changes_nothing()
    {
        var heap = new DeadlineHeap();
        heap.Add(_host.NewExchange());

        heap.Remove(_host.NewExchange());

        Assert.Equal(1, heap.Count);
    }
}
