using AkkaPerf.Http.Compression;

namespace AkkaPerf.Http.Assets;

/// <summary>The representation of an asset that a request is answered with.</summary>
/// <param name="Asset">The asset.</param>
/// <param name="Coding">How it is coded.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="ETag">Its entity tag.</param>
internal readonly record struct AssetChoice(Asset Asset, ContentCoding Coding, long Length, string ETag);
