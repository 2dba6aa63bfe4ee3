namespace AkkaPerf.Backends;

/// <summary>Where one backend's load stands; whoever holds this keeps it there.</summary>
/// <param name="block">Of a <see cref="LoadShelf"/>, pinned: an address in it stays what it is.</param>
/// <param name="address">Within the block.</param>
internal readonly unsafe struct LoadPlace(long[] block, nint address)
{
    private readonly long[] _block = block;
    private readonly BackendLoad* _address = (BackendLoad*)address;

    /// <summary>Good as long as the backend is there.</summary>
    public BackendLoad* Address => _address;

    public ref BackendLoad Load => ref *_address;

    /// <summary>What keeps it.</summary>
    public long[] Block => _block;
}
