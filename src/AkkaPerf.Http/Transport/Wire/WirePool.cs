using System.Globalization;
using System.Net;
using System.Text;
using AkkaPerf.Connections;
using AkkaPerf.Http.Loops;

namespace AkkaPerf.Http.Transport.Wire;

/// <summary>The connections to one backend in plain HTTP/1.1: one used lately is used next, so that the others may grow old and be closed. Any thread.</summary>
internal sealed class WirePool : IDisposable
{
    private static readonly TimeSpan ShortestRound = TimeSpan.FromSeconds(1);

    // Backends speak unasked, or close, where nobody has asked for long: then a read of its own is worth it.
    private static readonly TimeSpan LookAfter = TimeSpan.FromSeconds(1);

    // So many of those that have only just come back.
    private const int MostPassedOver = 32;

    private readonly DnsEndPoint _address;
    private readonly ConnectionOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly bool _usesEventLoops;
    private readonly Lock _gate = new();

    // Guarded by the gate.
    private readonly List<WireConnection> _idle = [];
    private bool _isRound;
    private bool _isDisposed;

    /// <param name="address">The backend's.</param>
    /// <param name="name">What it is called in Host; empty for its address.</param>
    /// <param name="options">How long connecting may take, and connections last.</param>
    /// <param name="time">The clock.</param>
    /// <param name="usesEventLoops">Whether event loops of our own watch its connections, if the machine can.</param>
    public WirePool(Uri address, string name, ConnectionOptions options, TimeProvider time, bool usesEventLoops = false)
    {
        _usesEventLoops = usesEventLoops && EventLoops.AreSupported;
        _address = new DnsEndPoint(address.IdnHost, address.Port);
        _options = options;
        _time = time;
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
        {
            // Whoever happens to ask first is nothing to it.
            _timer = time.CreateTimer(static pool => ((WirePool)pool!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        Prefix = Encoding.Latin1.GetBytes(address.AbsolutePath.TrimEnd('/'));
        var own = address.HostNameType == UriHostNameType.IPv6 ? $"[{address.IdnHost}]" : address.IdnHost;
        Host = name.Length > 0 ? name : address.IsDefaultPort ? own : string.Create(CultureInfo.InvariantCulture, $"{own}:{address.Port}");
    }

    /// <summary>What stands before a target.</summary>
    public byte[] Prefix { get; }

    /// <summary>The backend's own name.</summary>
    public string Host { get; }

    /// <summary>How many connections are idle.</summary>
    public int Idle
    {
        get
        {
            lock (_gate)
            {
                return _idle.Count;
            }
        }
    }

    /// <summary>Sends a request, which must be one that may be repeated; ends when the response's head is there.</summary>
    /// <exception cref="HttpRequestException">No connection could be made, or it broke, or what came is no response.</exception>
    public ValueTask<BackendResponse> SendAsync(in WireRequest request, CancellationToken cancellationToken) => TakeIdle(cancellationToken) is { } connection
        ? connection.Call.SendAsync(request, isReused: true, cancellationToken)
        : SendAnewAsync(request, cancellationToken);

    /// <summary>The same over a connection of its own.</summary>
    /// <exception cref="HttpRequestException">No connection could be made, or it broke, or what came is no response.</exception>
    public async ValueTask<BackendResponse> SendAnewAsync(WireRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var connection = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        return await connection.Call.SendAsync(request, isReused: false, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes a connection back whose exchange is over.</summary>
    public void Return(WireConnection connection)
    {
        var now = _time.GetTimestamp();
        var isKept = false;
        lock (_gate)
        {
            if (!_isDisposed && !IsTooOld(connection, now))
            {
                isKept = true;
                connection.IdleSince = now;
                _idle.Add(connection);
                if (!_isRound)
                {
                    _isRound = true;
                    _timer.Change(Round(), Timeout.InfiniteTimeSpan);
                }
            }
        }

        if (!isKept)
        {
            connection.Dispose();
        }
    }

    /// <summary>Closes what is idle; what is in use is closed when it comes back.</summary>
    public void Dispose()
    {
        WireConnection[] idle;
        lock (_gate)
        {
            _isDisposed = true;
            idle = [.. _idle];
            _idle.Clear();
        }

        _timer.Dispose();
        foreach (var connection in idle)
        {
            connection.Dispose();
        }
    }

    private WireConnection? TakeIdle(CancellationToken cancellationToken)
    {
        var now = _time.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested)
        {
            WireConnection connection;
            lock (_gate)
            {
                if (_idle.Count == 0)
                {
                    return null;
                }

                var place = Choose();
                connection = _idle[place];
                _idle.RemoveAt(place);
            }

            if (_time.GetElapsedTime(connection.IdleSince, now) >= LookAfter)
            {
                connection.Look();
            }

            if (!IsTooLongIdle(connection, now) && !IsTooOld(connection, now) && connection.TryBegin(cancellationToken))
            {
                return connection;
            }

            connection.Dispose();
        }

        return null;
    }

    // The last one of which is known that its backend has not gone on after its response; for one of which it is not, a read has to look.
    private int Choose()
    {
        var last = _idle.Count - 1;
        for (var i = last; i >= 0 && i > last - MostPassedOver; i--)
        {
            if (_idle[i].IsSettled)
            {
                return i;
            }
        }

        return last;
    }

    private async ValueTask<WireConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        Link link;
        using var limit = new CancellationTokenSource(_options.ConnectTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            link = _usesEventLoops
                ? await LoopSocket.ConnectAsync(_address, either.Token).ConfigureAwait(false)
                : await SocketLink.ConnectAsync(_address, either.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            throw WireFailure.OfConnect(exception, _options.ConnectTimeout, cancellationToken);
        }

        var connection = new WireConnection(link, _time.GetTimestamp(), this);

        // What a backend sends before it is asked is seen as the beginning of a response, and what it closes as the end of one.
        _ = connection.TryBegin(cancellationToken);
        return connection;
    }

    private bool IsTooLongIdle(WireConnection connection, long now) => _time.GetElapsedTime(connection.IdleSince, now) >= _options.IdleTimeout;

    private bool IsTooOld(WireConnection connection, long now) => _time.GetElapsedTime(connection.OpenedAt, now) >= _options.MaxLifetime;

    private TimeSpan Round()
    {
        var round = _options.IdleTimeout / 4;
        return round < ShortestRound ? ShortestRound : round;
    }

    private void OnTimer()
    {
        List<WireConnection> old = [];
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            var now = _time.GetTimestamp();
            for (var i = _idle.Count - 1; i >= 0; i--)
            {
                var connection = _idle[i];
                if (IsTooLongIdle(connection, now) || IsTooOld(connection, now) || connection.IsStale())
                {
                    old.Add(connection);
                    _idle.RemoveAt(i);
                }
            }

            _isRound = _idle.Count > 0;
            if (_isRound)
            {
                _timer.Change(Round(), Timeout.InfiniteTimeSpan);
            }
        }

        foreach (var connection in old)
        {
            connection.Dispose();
        }
    }
}
