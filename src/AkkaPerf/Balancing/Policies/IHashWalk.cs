using AkkaPerf.Backends;

namespace AkkaPerf.Balancing.Policies;

/// <summary>The way of a key through a hash table of backends: to its own one, then to those who take its place. A struct, so that a step costs no calls.</summary>
/// <remarks>
/// Tables know backends by number (<see cref="Backend.Slot"/>): half the memory, and who a number is is found where picks look anyhow. While a table
/// is older than the set, a number may have become another's, which then has the other's keys for as long.
/// </remarks>
internal interface IHashWalk<TSelf>
    where TSelf : struct, IHashWalk<TSelf>
{
    /// <summary>Makes the table; may take long.</summary>
    static abstract void Prepare(BackendMembers members);

    /// <summary>Begins; false while there is no table.</summary>
    static abstract bool TryBegin(BackendMembers members, ulong hash, out TSelf walk);

    /// <summary>The number of the backend where it stands; moves on.</summary>
    int Next();
}
