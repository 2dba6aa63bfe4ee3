using Grpc.Core;

namespace AkkaPerf.Http.Tests.Loopback;

/// <summary>What a <see cref="GrpcOrigin"/> answers; a test says what it cares for.</summary>
internal sealed class GrpcService
{
    public Func<string, ServerCallContext, Task<string>> Unary { get; init; } = static (request, _) => Task.FromResult(request);

    public Func<IAsyncStreamReader<string>, ServerCallContext, Task<string>> Upload { get; init; } = static async (requests, _) =>
    {
        var length = 0L;
        await foreach (var request in requests.ReadAllAsync())
        {
            length += request.Length;
        }

        return length.ToString(System.Globalization.CultureInfo.InvariantCulture);
    };

    public Func<string, IServerStreamWriter<string>, ServerCallContext, Task> Download { get; init; } = static async (request, answers, _) =>
    {
        for (var i = 0; i < int.Parse(request, System.Globalization.CultureInfo.InvariantCulture); i++)
        {
            await answers.WriteAsync($"{i}");
        }
    };

    public Func<IAsyncStreamReader<string>, IServerStreamWriter<string>, ServerCallContext, Task> Talk { get; init; } = static async (requests, answers, _) =>
    {
        await foreach (var request in requests.ReadAllAsync())
        {
            await answers.WriteAsync(request);
        }
    };
}
