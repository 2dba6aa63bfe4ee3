using System.Buffers.Binary;
using System.Text;

namespace AkkaPerf.Health;

/// <summary>The two messages of gRPC's health protocol, in protobuf and gRPC's length prefix.</summary>
internal static class GrpcHealthMessages
{
    /// <summary>What an answer says that is well.</summary>
    public const int Serving = 1;

    /// <summary>An answer has seven bytes; what is longer has fields that nobody knows yet.</summary>
    public const int LongestAnswer = 1024;

    // One byte says whether it is compressed, four how long it is.
    private const int PrefixLength = 5;

    // Field number 1, of either message; the lowest three bits are the wire type.
    private const int ServiceTag = (1 << 3) | 2;
    private const int StatusField = 1;

    /// <summary>HealthCheckRequest { string service = 1; }</summary>
    public static byte[] Request(string service)
    {
        var name = Encoding.UTF8.GetBytes(service);
        var message = new List<byte>(name.Length + PrefixLength);
        if (name.Length > 0)
        {
            message.Add(ServiceTag);
            for (var rest = (uint)name.Length; ; rest >>= 7)
            {
                message.Add((byte)(rest < 0x80 ? rest : (rest & 0x7F) | 0x80));
                if (rest < 0x80)
                {
                    break;
                }
            }

            message.AddRange(name);
        }

        var framed = new byte[PrefixLength + message.Count];
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(1), (uint)message.Count);
        message.CopyTo(framed, PrefixLength);
        return framed;
    }

    /// <summary>HealthCheckResponse { ServingStatus status = 1; } Null for what is no such message; 0, unknown, if the field is left out.</summary>
    public static int? ServingStatusOf(ReadOnlySpan<byte> framed)
    {
        if (framed.Length < PrefixLength || framed[0] != 0 || BinaryPrimitives.ReadUInt32BigEndian(framed[1..]) > (uint)(framed.Length - PrefixLength))
        {
            return null;
        }

        var message = framed.Slice(PrefixLength, (int)BinaryPrimitives.ReadUInt32BigEndian(framed[1..]));
        var status = 0;
        while (message.Length > 0)
        {
            if (ReadVarint(ref message) is not { } tag)
            {
                return null;
            }

            if (tag == StatusField << 3)
            {
                if (ReadVarint(ref message) is not { } value)
                {
                    return null;
                }

                status = (int)value;
            }
            else if (!Skip(ref message, (int)(tag & 7)))
            {
                return null;
            }
        }

        return status;
    }

    private static bool Skip(ref ReadOnlySpan<byte> message, int wireType)
    {
        ulong? length = wireType switch
        {
            0 => ReadVarint(ref message) is null ? null : 0,
            1 => 8,
            2 => ReadVarint(ref message),
            5 => 4,
            _ => null,
        };
        if (length is not { } skipped || skipped > (ulong)message.Length)
        {
            return false;
        }

        message = message[(int)skipped..];
        return true;
    }

    private static ulong? ReadVarint(ref ReadOnlySpan<byte> message)
    {
        var value = 0UL;
        for (var i = 0; i < message.Length && i < 10; i++)
        {
            value |= (ulong)(message[i] & 0x7F) << (7 * i);
            if (message[i] < 0x80)
            {
                message = message[(i + 1)..];
                return value;
            }
        }

        return null;
    }
}
