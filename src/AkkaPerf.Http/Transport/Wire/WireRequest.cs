using System.Buffers;
using System.Runtime.InteropServices;

namespace AkkaPerf.Http.Transport.Wire;

/// <summary>A request without a body, ready to be sent.</summary>
/// <param name="Head">All of it.</param>
/// <param name="IsHead">Whether its response has no body, whatever it says.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct WireRequest(ArraySegment<byte> Head, bool IsHead)
{
    /// <summary>Gives its array back, once nothing sends it any more.</summary>
    public void Release() => ArrayPool<byte>.Shared.Return(Head.Array!);
}
