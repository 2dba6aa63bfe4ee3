namespace AkkaPerf.Http.Admin.Live;

/// <summary>The newest of many, the oldest first.</summary>
/// <param name="capacity">How many.</param>
internal sealed class Ring<T>(int capacity)
{
    private readonly Queue<T> _items = new(capacity);

    public int Count => _items.Count;

    /// <summary>The oldest one kept.</summary>
    public T Oldest => _items.Peek();

    public void Add(T item)
    {
        if (_items.Count == capacity)
        {
            _items.Dequeue();
        }

        _items.Enqueue(item);
    }

    public T[] ToArray() => [.. _items];
}
