using AkkaPerf.Telemetry;

namespace AkkaPerf.Pipeline;

/// <summary>Counts what the handlers of reported pipelines have left open, until it has ended, which may be after their pipeline. Any thread.</summary>
internal sealed class StreamCounts
{
    private readonly Lock _gate = new();

    // Guarded by the gate. Pipelines of one blueprint share their streams: these are here once.
    private readonly List<Item> _items = [];

    public void Add(PipelineCore core)
    {
        if (core.Streams is not { } streams)
        {
            return;
        }

        lock (_gate)
        {
            var item = Find(streams);
            if (item is null)
            {
                item = new Item(core.Name, streams);
                _items.Add(item);
            }

            item.Pipelines++;
        }
    }

    /// <summary>A pipeline is no longer reported.</summary>
    public void Leave(PipelineCore core)
    {
        lock (_gate)
        {
            if (core.Streams is { } streams && Find(streams) is { } item)
            {
                item.Pipelines--;
            }

            _items.RemoveAll(IsOver);
        }
    }

    public void Read(Readings readings)
    {
        lock (_gate)
        {
            _items.RemoveAll(IsOver);
            foreach (var item in _items)
            {
                readings.Begin(item.Name);
                readings.Add(item.Streams.Count);
            }
        }
    }

    private static bool IsOver(Item item) => item.Pipelines == 0 && item.Streams.Count == 0;

    private Item? Find(IOpenStreams streams) => _items.Find(item => ReferenceEquals(item.Streams, streams));

    private sealed record Item(string Name, IOpenStreams Streams)
    {
        public int Pipelines { get; set; }
    }
}
