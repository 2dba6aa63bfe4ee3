namespace AkkaPerf.Backends;

/// <summary>What policies have computed of the same backends, one for each kind: while one policy follows another both may be in use.</summary>
/// <param name="Table">The newest.</param>
/// <param name="Next">Those before.</param>
internal sealed record TableEntry(object Table, TableEntry? Next)
{
    /// <summary>The newest of a kind; null if there is none.</summary>
    public static TTable? Find<TTable>(TableEntry? entry)
        where TTable : class
    {
        for (; entry is not null; entry = entry.Next)
        {
            if (entry.Table is TTable table)
            {
                return table;
            }
        }

        return null;
    }
}
