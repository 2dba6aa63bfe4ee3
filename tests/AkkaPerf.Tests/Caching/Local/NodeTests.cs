using System.Runtime.CompilerServices;
using AkkaPerf.Caching.Local;

namespace AkkaPerf.Tests.Caching.Local;

public sealed class NodeTests
{
    // Two to a cache line, and none in two of them.
    [Fact]
    public void Half_a_cache_line_is_all_that_an_entry_needs() => Assert.Equal(32, Unsafe.SizeOf<Node>());
}
