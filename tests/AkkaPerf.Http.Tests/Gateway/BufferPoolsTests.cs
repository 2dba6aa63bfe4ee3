using AkkaPerf.Gateway;

namespace AkkaPerf.Http.Tests.Gateway;

/// <summary>The runtime's own pools of arrays.</summary>
public sealed class BufferPoolsTests
{
    private const string Variable = "DOTNET_SYSTEM_BUFFERS_SHAREDARRAYPOOL_MAXARRAYSPERPARTITION";

    [Theory]
    [InlineData(null, "512")]
    [InlineData("64", "64")]
    public void They_are_widened_unless_the_environment_says_how_wide_they_are(string? before, string after)
    {
        var kept = Environment.GetEnvironmentVariable(Variable);
        try
        {
            Environment.SetEnvironmentVariable(Variable, before);
            BufferPools.Widen();
            Assert.Equal(after, Environment.GetEnvironmentVariable(Variable));
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, kept);
        }
    }
}
