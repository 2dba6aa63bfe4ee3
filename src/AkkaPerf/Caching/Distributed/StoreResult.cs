namespace AkkaPerf.Caching.Distributed;

/// <summary>How an operation on the store ended for whoever waited for it.</summary>
internal enum StoreResult
{
    /// <summary>It is done; a read found something.</summary>
    Done,

    /// <summary>A read found nothing.</summary>
    Missing,

    /// <summary>The store threw, or was not done in time; it may yet do it.</summary>
    Failed,

    /// <summary>It was not begun.</summary>
    Refused,
}
