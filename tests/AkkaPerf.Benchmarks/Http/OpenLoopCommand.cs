using System.Globalization;
using System.Text.Json;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>The open-loop generator, in a process of its own: address, path, seconds, rates; a line of JSON for each rate.</summary>
internal static class OpenLoopCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        var seconds = int.Parse(args[2], CultureInfo.InvariantCulture);
        var rates = args[3..].Select(static rate => double.Parse(rate, CultureInfo.InvariantCulture)).ToArray();
        using var loop = new OpenLoop(new Uri(args[0]), args[1]);

        // Its own code is to be compiled before anything counts.
        await loop.RunAsync(rates[0], TimeSpan.FromSeconds(1));
        foreach (var rate in rates)
        {
            Console.WriteLine(JsonSerializer.Serialize(await loop.RunAsync(rate, TimeSpan.FromSeconds(seconds))));
        }

        return 0;
    }
}
