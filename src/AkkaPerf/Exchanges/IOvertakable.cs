namespace AkkaPerf.Exchanges;

/// <summary>What brings an entry, and may be overtaken by a change of its key: then the entry is not stored.</summary>
public interface IOvertakable
{
    /// <summary>Whether it was. Once true, it stays so. Any thread.</summary>
    bool IsOvertaken { get; }
}
