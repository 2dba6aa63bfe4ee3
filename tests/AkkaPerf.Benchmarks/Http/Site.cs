using System.Globalization;
using System.Text;

namespace AkkaPerf.Benchmarks.Http;

/// <summary>A run's processes, files and ports; all are gone when it is disposed.</summary>
internal sealed class Site : IDisposable
{
    public const int SmallLength = 300;
    public const int LargeLength = 16 * 1024;

    private const int PortsEach = 3;

    private readonly FreePorts _ports = new();
    private readonly Dictionary<Peer, ProxyProcess> _running = [];
    private readonly HashSet<(Peer Peer, (bool, bool, bool) Kind)> _warm = [];
    private readonly List<string> _warmUps = [];
    private readonly SortedSet<string> _missing = new(StringComparer.Ordinal);

    private Site(Func<Site, int, ProxyProcess> startOrigin)
    {
        Folder = Directory.CreateTempSubdirectory("akkaperf-http").FullName;
        File.WriteAllText(Path.Combine(Folder, "large"), new string('x', LargeLength));
        File.WriteAllText(Path.Combine(Folder, "text"), CreateText());
        var port = _ports.Take(PortsEach);
        OriginHost = $"127.0.0.1:{port}";
        Origin = startOrigin(this, port);
    }

    /// <summary>For the files of all who take part.</summary>
    public string Folder { get; }

    /// <summary>What is behind them all.</summary>
    public ProxyProcess Origin { get; }

    /// <summary>The origin's address and port.</summary>
    public string OriginHost { get; }

    /// <summary>Programs that somebody needed and the machine has not got, and who did not serve what was asked.</summary>
    public IReadOnlyCollection<string> Missing => _missing;

    /// <summary>What each step to warm somebody up cost, in the order in which it was done.</summary>
    public IReadOnlyList<string> WarmUps => _warmUps;

    /// <summary>Starts the origin.</summary>
    /// <param name="startOrigin">On that port; null for nginx.</param>
    /// <exception cref="InvalidOperationException">It does not serve.</exception>
    public static async Task<Site> OpenAsync(Func<Site, int, ProxyProcess>? startOrigin = null)
    {
        var site = new Site(startOrigin ?? Peers.StartOrigin);
        try
        {
            await site.Origin.WaitUntilServingAsync();
            return site;
        }
        catch
        {
            site.Dispose();
            throw;
        }
    }

    /// <summary>Whether the machine has a program; if not, it is among the missing.</summary>
    public bool Has(string program) => Programs.Has(program) || !_missing.Add(program);

    /// <summary>Starts a proxy unless it runs already; null if the machine has not got it, or it does not serve.</summary>
    public async Task<ProxyProcess?> StartAsync(Peer peer)
    {
        if (_running.TryGetValue(peer, out var running))
        {
            return running;
        }

        if (!Has(peer.Program))
        {
            return null;
        }

        var process = peer.Start(this, _ports.Take(PortsEach));
        try
        {
            await process.WaitUntilServingAsync();
        }
        catch (InvalidOperationException exception)
        {
            // The others are worth measuring all the same.
            _missing.Add(exception.Message);
            process.Dispose();
            return null;
        }

        _running.Add(peer, process);
        return process;
    }

    /// <summary>Sees that it serves what it is asked, and warms it up unless it has answered such requests before.</summary>
    /// <returns>The length of a body on its way; null if the proxy is missing.</returns>
    public async Task<(ProxyProcess Process, int Length)?> PrepareAsync(Peer peer, Ask ask)
    {
        if (await StartAsync(peer) is not { } process)
        {
            return null;
        }

        try
        {
            await ServingCheck.VerifyAsync(process, ask);
            await WarmUpAsync(process, peer, ask);
            return (process, await ServingCheck.VerifyAsync(process, ask));
        }
        catch (Exception exception) when (exception is InvalidOperationException or HttpRequestException)
        {
            _missing.Add($"{ask.Path} of {peer.Name}: {exception.Message}");
            return null;
        }
    }

    /// <summary>Stops a proxy.</summary>
    public void Stop(Peer peer)
    {
        if (_running.Remove(peer, out var process))
        {
            // Whoever is started in its place is cold.
            _warm.RemoveWhere(one => one.Peer == peer);
            process.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var process in _running.Values)
        {
            process.Dispose();
        }

        Origin.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task WarmUpAsync(ProxyProcess process, Peer peer, Ask ask)
    {
        if (!_warm.Add((peer, ask.Kind)))
        {
            // It is warm, but its connections and what it keeps of this are new.
            await LoadGenerator.RunAsync(process, ask, 1);
            return;
        }

        var steps = await WarmUp.RunAsync(process, ask, peer.IsJitted);
        var line = string.Create(CultureInfo.InvariantCulture, $"{peer.Name}, {ask.KindName}: {string.Join(", ", steps.Select(static cpu => cpu.ToString("0.0", CultureInfo.InvariantCulture)))} µs a request");
        _warmUps.Add(line);
        Console.WriteLine($"warm-up: {line}");
    }

    // Made-up words of which some are frequent, as in a language: it compresses about as prose does.
    private static string CreateText()
    {
        var random = new Random(1);
        var words = Enumerable.Range(0, 2000).Select(_ => string.Concat(Enumerable.Range(0, random.Next(2, 10)).Select(_ => (char)random.Next('a', 'z' + 1)))).ToArray();
        var text = new StringBuilder();
        while (text.Length < LargeLength)
        {
            text.Append(words[(int)(words.Length * Math.Pow(random.NextDouble(), 3))]).Append(' ');
        }

        return text.ToString(0, LargeLength);
    }
}
