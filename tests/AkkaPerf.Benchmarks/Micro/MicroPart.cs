using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AkkaPerf.Benchmarks.Results;

namespace AkkaPerf.Benchmarks.Micro;

/// <summary>What one scenario of the suite measured.</summary>
/// <remarks>
/// In a process of its own where all are measured: the JIT compiles what they share as the first of them uses it, and would have hits run as
/// nothing but misses taught it.
/// </remarks>
/// <param name="Scenario">Its rows.</param>
/// <param name="Condition">How the machine was; null if that cannot be told.</param>
internal sealed record MicroPart(Scenario Scenario, string? Condition)
{
    /// <summary>Has another process measure it.</summary>
    /// <exception cref="InvalidOperationException">That failed.</exception>
    public static async Task<MicroPart> MeasureApartAsync(string name, int rounds)
    {
        var file = Path.GetTempFileName();
        try
        {
            string[] arguments = [typeof(MicroPart).Assembly.Location, "micro-part", name, rounds.ToString(CultureInfo.InvariantCulture), file];
            using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false }) ?? throw new InvalidOperationException("dotnet did not start.");
            await process.WaitForExitAsync();
            return process.ExitCode == 0
                ? JsonSerializer.Deserialize<MicroPart>(await File.ReadAllTextAsync(file))!
                : throw new InvalidOperationException($"Scenario {name} ended with {process.ExitCode}.");
        }
        finally
        {
            File.Delete(file);
        }
    }

    public Task WriteAsync(string file) => File.WriteAllTextAsync(file, JsonSerializer.Serialize(this));
}
