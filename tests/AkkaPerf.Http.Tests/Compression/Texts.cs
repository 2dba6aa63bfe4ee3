namespace AkkaPerf.Http.Tests.Compression;

/// <summary>Bodies that compress about as well as real ones do.</summary>
internal static class Texts
{
    private static readonly string[] Words =
        ["the", "request", "is", "answered", "by", "a", "backend", "which", "sends", "{\"id\":", "\"name\":", "},", "<td>", "</td>", "42", "body", "in", "pieces"];

    /// <summary>The same bytes for the same length and seed.</summary>
    public static byte[] Of(int length, int seed = 7)
    {
        var random = new Random(seed);
        using var text = new MemoryStream();
        while (text.Length < length)
        {
            text.Write(System.Text.Encoding.ASCII.GetBytes(Words[random.Next(Words.Length)] + (random.Next(9) == 0 ? random.Next(100_000).ToString(System.Globalization.CultureInfo.InvariantCulture) : " ")));
        }

        return text.ToArray()[..length];
    }
}
