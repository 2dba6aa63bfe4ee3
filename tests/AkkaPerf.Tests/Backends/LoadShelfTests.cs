using AkkaPerf.Backends;

namespace AkkaPerf.Tests.Backends;

public sealed class LoadShelfTests
{
    [Fact]
    public unsafe void Every_load_has_a_cache_line_of_its_own_and_keeps_it()
    {
        var shelf = new LoadShelf(loadsPerBlock: 3);
        var places = Enumerable.Range(0, 10).Select(_ => shelf.Take()).ToArray();
        var addresses = places.Select(static place => (nint)place.Address).ToArray();

        Assert.Equal(64, sizeof(BackendLoad));
        Assert.Equal(10, addresses.Distinct().Count());
        Assert.All(addresses, static address => Assert.Equal(0, address % 64));

        // All within their blocks, the last line included.
        Assert.All(places, static place =>
        {
            fixed (long* block = place.Block)
            {
                Assert.InRange((nint)place.Address, (nint)block, (nint)(block + place.Block.Length) - 64);
            }
        });
    }

    [Fact]
    public void What_is_in_flight_on_one_that_has_left_counts_for_no_other()
    {
        using var fleet = Fleet.Of(1, 1);
        var left = fleet["a"].Backend;
        Assert.True(left.TryAssign(limit: 0, fleet.Time.GetTimestamp()));
        fleet.Directory.Remove("a");
        fleet.AddUp([Fleet.Options("c"), Fleet.Options("d"), Fleet.Options("e")]);
        fleet.End(left);
        Assert.Equal((0, 1), (left.InFlight, left.Succeeded));
        Assert.All(fleet.Directory.Current.All, static status => Assert.Equal((0, 0), (status.Backend.InFlight, status.Backend.Succeeded)));
    }
}
