namespace AkkaPerf.Http.Tests.Loopback;

/// <summary>A frame of HTTP/2 as it came (RFC 9113, section 4.1).</summary>
internal sealed record Http2Frame(byte Type, byte Flags, int Stream, byte[] Payload)
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte Reset = 3;
    public const byte Settings = 4;
    public const byte GoAway = 7;
    public const byte WindowUpdate = 8;

    public const byte EndStream = 1;
    public const byte EndHeaders = 4;

    public bool IsEnd => Type is Data or Headers && (Flags & EndStream) != 0;

    /// <summary>The status of a response's head, where the server sends it first.</summary>
    public int ReadStatus()
    {
        var at = 0;
        while ((Payload[at] & 0xe0) == 0x20)
        {
            // The table's size.
            at++;
        }

        return Payload[at] switch
        {
            0x88 => 200,
            0x89 => 204,
            0x8a => 206,
            0x8b => 304,
            0x8c => 400,
            0x8d => 404,
            0x8e => 500,
            _ => int.Parse(System.Text.Encoding.ASCII.GetString(Payload, at + 2, 3), System.Globalization.CultureInfo.InvariantCulture),
        };
    }
}
