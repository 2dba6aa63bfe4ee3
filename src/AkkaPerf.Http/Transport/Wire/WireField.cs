using System.Runtime.InteropServices;
using Microsoft.Extensions.Primitives;

namespace AkkaPerf.Http.Transport.Wire;

/// <summary>A field of a response, with all its lines.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Values">Its lines.</param>
/// <param name="IsForwarded">Whether the client gets it.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct WireField(string Name, StringValues Values, bool IsForwarded);
