using AkkaPerf.Backends;

namespace AkkaPerf.Connections;

/// <summary>Opens, checks and closes one kind of connection. Any thread, several at once.</summary>
/// <typeparam name="TConnection">What a handler gets.</typeparam>
public interface IConnectionFactory<TConnection>
    where TConnection : class
{
    /// <summary>Whether what it opens are slots on one shared transport (HTTP) rather than connections; then nothing is kept idle on purpose, and opening one must not block.</summary>
    bool IsShared => false;

    /// <summary>Tells it the pipeline's options, before it opens anything; what the pool does with them by itself is not its business.</summary>
    /// <param name="options">As they are in effect.</param>
    void Use(ConnectionOptions options)
    {
    }

    /// <summary>Opens a connection, ready for use.</summary>
    /// <param name="backend">Where to.</param>
    /// <param name="cancellationToken">Cancelled at the connect timeout and when the pool closes.</param>
    /// <exception cref="Exception">Any exception means that the connect failed.</exception>
    ValueTask<TConnection> OpenAsync(Backend backend, CancellationToken cancellationToken);

    /// <summary>Whether an idle connection still works; asked before it is handed out again. Should be quick.</summary>
    ValueTask<bool> IsUsableAsync(TConnection connection, CancellationToken cancellationToken);

    /// <summary>Closes a connection, broken ones too; its failure is logged and otherwise ignored.</summary>
    ValueTask CloseAsync(TConnection connection);
}
