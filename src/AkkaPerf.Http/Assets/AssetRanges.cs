using System.Globalization;
using System.Text;
using AkkaPerf.Http.Caching.Rules;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Assets;

/// <summary>Answers with parts of a body: one as it is, several as <c>multipart/byteranges</c> (RFC 9110, sections 14.6 and 15.3.7).</summary>
internal static class AssetRanges
{
    /// <summary>Where a part lies: <c>bytes 0-99/1234</c>.</summary>
    public static string ContentRange(ByteRange range, long length) =>
        string.Create(CultureInfo.InvariantCulture, $"bytes {range.First}-{range.Last}/{length}");

    /// <summary>Sends parts; the head says everything but their framing.</summary>
    public static async Task SendAsync(HttpResponse response, AssetSource source, List<ByteRange> ranges, AssetChoice choice)
    {
        response.StatusCode = StatusCodes.Status206PartialContent;
        var aborted = response.HttpContext.RequestAborted;
        if (ranges is [var only])
        {
            response.Headers.ContentRange = ContentRange(only, choice.Length);
            response.ContentLength = only.Length;
            await source.SendAsync(response, only.First, only.Length, aborted).ConfigureAwait(false);
            return;
        }

        // Nobody can have put it into the body beforehand.
        var boundary = Guid.NewGuid().ToString("N");
        var heads = ranges.ConvertAll(range => Encoding.ASCII.GetBytes(
            $"\r\n--{boundary}\r\nContent-Type: {choice.Asset.ContentType}\r\nContent-Range: {ContentRange(range, choice.Length)}\r\n\r\n"));
        var end = Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n");
        response.ContentType = $"multipart/byteranges; boundary={boundary}";
        response.ContentLength = ranges.Sum(static range => range.Length) + heads.Sum(static head => head.Length) + end.Length;
        for (var i = 0; i < ranges.Count; i++)
        {
            await response.BodyWriter.WriteAsync(heads[i], aborted).ConfigureAwait(false);
            await source.SendAsync(response, ranges[i].First, ranges[i].Length, aborted).ConfigureAwait(false);
        }

        await response.BodyWriter.WriteAsync(end, aborted).ConfigureAwait(false);
    }
}
