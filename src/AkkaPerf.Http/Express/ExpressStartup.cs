using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace AkkaPerf.Http.Express;

/// <summary>Takes the application as the server gets it, with all that stands before it.</summary>
internal sealed class ExpressStartup(ExpressServer server) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(whole =>
        {
            server.Handler = whole;
            return whole;
        });
        next(app);
    };
}
