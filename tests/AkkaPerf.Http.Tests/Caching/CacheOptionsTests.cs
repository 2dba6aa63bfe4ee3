using AkkaPerf.Gateway;

namespace AkkaPerf.Http.Tests.Caching;

public sealed class CacheOptionsTests
{
    private const string Shop = "akkaperf.pipelines.shop.backends = [{ id = a, address = \"http://127.0.0.1:9001\" }]\n";

    [Theory]
    [InlineData("akkaperf.pipelines.shop.cache.http.targeted-fields = [\"A B\"]", "akkaperf.pipelines.shop.cache.http.targeted-fields[0]")]
    [InlineData("akkaperf.pipelines.shop.cache.http.hosts = [shop, \"http://shop\"]", "akkaperf.pipelines.shop.cache.http.hosts[1]")]
    [InlineData("akkaperf.pipelines.shop.cache.http.hosts = [\"*\"]", "akkaperf.pipelines.shop.cache.http.hosts[0]")]
    [InlineData("akkaperf.pipelines.shop.cache.http.hosts = [\"a.*.b\"]", "akkaperf.pipelines.shop.cache.http.hosts[0]")]
    [InlineData("akkaperf.pipelines.shop.cache.http.hosts = [\"shop:x\"]", "akkaperf.pipelines.shop.cache.http.hosts[0]")]
    [InlineData("akkaperf.pipelines.shop.cache.http.profile = any", "akkaperf.pipelines.shop.cache.http.profile")]
    [InlineData("akkaperf.pipelines.shop.cache.http.cache-status = \"1 a\"", "akkaperf.pipelines.shop.cache.http.cache-status")]
    [InlineData("akkaperf.pipelines.shop.cache.http.max-variants = 0", "akkaperf.pipelines.shop.cache.http.max-variants")]
    [InlineData("akkaperf.gateway.routes = [{ match = \"/{**path}\", pipeline = shop, cache { mode = force } }]", "akkaperf.gateway.routes[0].cache.mode")]
    [InlineData("akkaperf.gateway.routes = [{ match = \"/{**path}\", pipeline = shop, cache { key-headers = [\"a b\"] } }]", "akkaperf.gateway.routes[0].cache.key-headers[0]")]
    public void What_is_not_allowed_is_a_fault_of_its_key(string setting, string path)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, Shop + (setting.Contains("routes", StringComparison.Ordinal) ? "" : "akkaperf.gateway.routes = [{ match = \"/{**path}\", pipeline = shop }]\n") + setting);
            Assert.Contains(GatewayConfiguration.Load([file]).Faults, fault => fault.Path == path);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
