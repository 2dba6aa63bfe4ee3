namespace AkkaPerf.Http.Caching;

/// <summary>Reads a body into memory, up to a limit.</summary>
internal static class WholeBody
{
    private const int FirstRead = 4096;

    /// <summary>Reads; whether all of it was read, and what was.</summary>
    /// <exception cref="HttpRequestException">It was cut off.</exception>
    public static async ValueTask<(bool IsWhole, byte[] Bytes)> ReadAsync(HttpResponseMessage message, long limit, CancellationToken cancellationToken)
    {
        var length = message.Content.Headers.ContentLength;
        if (length > limit)
        {
            return (false, []);
        }

        var stream = await message.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = new byte[length ?? Math.Min(limit, FirstRead)];
        var filled = 0;
        while (filled < (length ?? long.MaxValue))
        {
            if (filled == buffer.Length)
            {
                if (filled >= limit)
                {
                    return (false, buffer);
                }

                Array.Resize(ref buffer, (int)Math.Min(limit, Math.Max(FirstRead, 2L * filled)));
            }

            var count = await stream.ReadAsync(buffer.AsMemory(filled), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                break;
            }

            filled += count;
        }

        // It may lie in the cache for long: no slack.
        Array.Resize(ref buffer, filled);
        return (true, buffer);
    }
}
