namespace AkkaPerf.TestKit;

/// <summary>A connection that leads nowhere, but notices what is done wrong with it.</summary>
public sealed class FakeConnection
{
    private int _isClosed;
    private int _isInUse;
    private volatile bool _isDead;

    internal FakeConnection(int id)
    {
        Id = id;
    }

    /// <summary>Its number: the first connection of a factory is 1.</summary>
    public int Id { get; }

    /// <summary>Whether it has been closed.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed) != 0;

    /// <summary>Whether it has been killed.</summary>
    public bool IsDead => _isDead;

    /// <summary>Makes it dead: checks say no, and using it fails.</summary>
    public void Kill() => _isDead = true;

    /// <summary>Uses it once, for an instant.</summary>
    /// <exception cref="InvalidOperationException">It has been closed, or somebody else holds it by <see cref="Hold"/>.</exception>
    /// <exception cref="IOException">It is dead.</exception>
    public void Use() => Hold().Dispose();

    /// <summary>Uses it until disposed.</summary>
    /// <exception cref="InvalidOperationException">It has been closed, or somebody else holds it.</exception>
    /// <exception cref="IOException">It is dead.</exception>
    public IDisposable Hold()
    {
        if (Interlocked.Exchange(ref _isInUse, 1) != 0)
        {
            throw new InvalidOperationException($"Connection {Id} is used by two at once.");
        }

        if (!IsClosed && !IsDead)
        {
            return new Holding(this);
        }

        Volatile.Write(ref _isInUse, 0);
        throw IsClosed ? new InvalidOperationException($"Connection {Id} is used after its close.") : new IOException($"Connection {Id} is dead.");
    }

    /// <inheritdoc />
    public override string ToString() => $"connection {Id}";

    internal bool TryClose() => Interlocked.Exchange(ref _isClosed, 1) == 0;

    private sealed class Holding : IDisposable
    {
        private readonly FakeConnection _connection;

        public Holding(FakeConnection connection)
        {
            _connection = connection;
        }

        public void Dispose() => Volatile.Write(ref _connection._isInUse, 0);
    }
}
