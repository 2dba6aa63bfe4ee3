using System.Security.Cryptography;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace AkkaPerf.Http.Tests.Streaming;

/// <summary>The backends' side of an <see cref="AbortPlan"/>.</summary>
internal static class AbortOrigins
{
    private const int Piece = 10_000;

    /// <summary>Of everything but gRPC.</summary>
    public static async Task ServeAsync(HttpContext context)
    {
        var plan = AbortPlan.Parse(context.Request.Query["plan"].ToString());
        switch (plan.Kind)
        {
            case AbortKind.WebSocket:
                await Sockets.EchoAsync(context, plan.ResetAt);
                break;
            case AbortKind.Upload:
                await HashAsync(context, plan.ResetAt);
                break;
            default:
                await SendAsync(context, plan);
                break;
        }
    }

    /// <summary>Of a gRPC call both ways.</summary>
    public static async Task TalkAsync(IAsyncStreamReader<string> requests, IServerStreamWriter<string> answers, ServerCallContext call)
    {
        var plan = AbortPlan.Parse(call.RequestHeaders.GetValue("plan")!);
        var total = 0;
        await foreach (var request in requests.ReadAllAsync())
        {
            total += request.Length;
            if (plan.ResetAt >= 0 && total >= plan.ResetAt)
            {
                call.GetHttpContext().Abort();
                return;
            }

            await answers.WriteAsync(request);
        }
    }

    private static async Task SendAsync(HttpContext context, AbortPlan plan)
    {
        var answer = plan.Bytes();
        if (plan.Kind == AbortKind.Events)
        {
            context.Response.ContentType = "text/event-stream";
        }
        else
        {
            context.Response.ContentLength = answer.Length;
        }

        var end = plan.ResetAt < 0 ? answer.Length : plan.ResetAt;
        for (var at = 0; at < end; at += Piece)
        {
            await context.Response.Body.WriteAsync(answer.AsMemory(at, Math.Min(Piece, end - at)));
        }

        if (end < answer.Length)
        {
            context.Abort();
        }
    }

    private static async Task HashAsync(HttpContext context, int resetAt)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[Piece];
        var total = 0;
        int count;
        while ((count = await context.Request.Body.ReadAsync(buffer)) > 0)
        {
            hash.AppendData(buffer, 0, count);
            total += count;
            if (resetAt >= 0 && total >= resetAt)
            {
                context.Abort();
                return;
            }
        }

        await context.Response.Body.WriteAsync(hash.GetHashAndReset());
    }
}
