using System.Text;
using AkkaPerf.Http.Proxying;

namespace AkkaPerf.Http.Hosting;

/// <summary>Reads a Connection header so that the server leaves it as it is if it names other headers, which are not to be forwarded.</summary>
/// <remarks>
/// The server puts a word of its own in the place of a header that says close, keep-alive or upgrade, whatever else it names; one that says both of
/// the first two stays. Who names headers is answered, and its connection closed.
/// </remarks>
internal sealed class ConnectionEncoding : Encoding
{
    public static readonly ConnectionEncoding Instance = new();

    private const string Both = "keep-alive, close, ";

    public override int GetCharCount(byte[] bytes, int index, int count) => TextOf(bytes.AsSpan(index, count)).Length;

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        GetChars(bytes.AsSpan(byteIndex, byteCount), chars.AsSpan(charIndex));

    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
    {
        var text = TextOf(bytes);
        text.CopyTo(chars);
        return text.Length;
    }

    public override int GetMaxCharCount(int byteCount) => Both.Length + byteCount;

    public override int GetByteCount(char[] chars, int index, int count) => Latin1.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetMaxByteCount(int charCount) => Latin1.GetMaxByteCount(charCount);

    private static string TextOf(ReadOnlySpan<byte> bytes)
    {
        // What nearly everybody says.
        if (Ascii.EqualsIgnoreCase(bytes, "keep-alive"))
        {
            return "keep-alive";
        }

        var text = Latin1.GetString(bytes);
        return HopByHop.NamesOthers(text) ? Both + text : text;
    }
}
