namespace AkkaPerf.Connections;

/// <summary>Opens, checks and closes what a pool decides; reports every end to the connection's inbox, failures too.</summary>
internal interface IConnectionWorker
{
    /// <summary>Whether connections are slots on a shared transport.</summary>
    bool IsShared { get; }

    /// <summary>Starts a connect.</summary>
    void Open(PooledConnection slot);

    /// <summary>Asks a connect to stop.</summary>
    void GiveUp(PooledConnection slot);

    /// <summary>Starts a check.</summary>
    void Check(PooledConnection slot);

    /// <summary>Starts a close.</summary>
    void Close(PooledConnection slot, Action<Exception> onFailure);
}
