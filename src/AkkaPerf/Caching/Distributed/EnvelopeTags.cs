using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AkkaPerf.Caching.Distributed;

/// <summary>The tags of an envelope: each its length in characters, 2 bytes, and its UTF-16.</summary>
internal static class EnvelopeTags
{
    /// <summary>Writes them; false if they are too many, or one too long.</summary>
    public static bool TryWrite(PooledBuffer buffer, IReadOnlyList<string> tags)
    {
        if (tags.Count > ushort.MaxValue)
        {
            return false;
        }

        for (var i = 0; i < tags.Count; i++)
        {
            if (tags[i].Length > ushort.MaxValue)
            {
                return false;
            }

            BinaryPrimitives.WriteUInt16LittleEndian(buffer.Take(sizeof(ushort)), (ushort)tags[i].Length);
            MemoryMarshal.AsBytes(tags[i].AsSpan()).CopyTo(buffer.Take(tags[i].Length * sizeof(char)));
        }

        return true;
    }

    /// <summary>Reads so many, which must be exactly these bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, int count, out string[] tags)
    {
        // Checked before anything of that size is made.
        tags = [];
        if (bytes.Length < count * sizeof(ushort))
        {
            return false;
        }

        tags = count == 0 ? [] : new string[count];
        for (var i = 0; i < count; i++)
        {
            if (bytes.Length < sizeof(ushort))
            {
                return false;
            }

            var length = BinaryPrimitives.ReadUInt16LittleEndian(bytes) * sizeof(char);
            bytes = bytes[sizeof(ushort)..];
            if (bytes.Length < length)
            {
                return false;
            }

            tags[i] = new string(MemoryMarshal.Cast<byte, char>(bytes[..length]));
            bytes = bytes[length..];
        }

        return bytes.IsEmpty;
    }
}
