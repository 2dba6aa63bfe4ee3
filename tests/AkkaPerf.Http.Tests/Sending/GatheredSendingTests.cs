using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using AkkaPerf.Http.Tests.Gateway;
using AkkaPerf.Http.Tests.Loopback;
using AkkaPerf.Http.Tests.Streaming;

namespace AkkaPerf.Http.Tests.Sending;

/// <summary>Answers of HTTP/2 that are sent together, over whole connections.</summary>
public sealed class GatheredSendingTests
{
    private const int Streams = 8;
    private const int Size = 2 * 1024 * 1024;

    // Pieces that are gathered, to one who reads more slowly than they come: flushes that wait, and others that come meanwhile.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answers_of_many_streams_arrive_whole_at_a_slow_reader(bool isTls)
    {
        using var certificates = new Certificates();
        using var certificate = X509Certificate2.CreateFromPemFile(certificates.Write("gathered", "127.0.0.1"));
        await using var origin = await Origin.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await PatternBody.WriteAsync(new PiecewiseStream(context.Response.Body), Size);
        });
        await using var proxy = isTls
            ? await Proxy.WithTlsAsync(certificate, isDirect: false, configure: null, origin.Address)
            : await Proxy.ToAsync(origin.Address);
        using var client = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = certificates.Trusting(),
            InitialHttp2StreamWindowSize = Streams * Size,
            ConnectCallback = async (context, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                return new SlowlyReadStream(new NetworkStream(socket, ownsSocket: true));
            },
        })
        {
            BaseAddress = proxy.Http2Address,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var lengths = await Task.WhenAll(Enumerable.Range(0, Streams).Select(async i =>
        {
            using var response = await client.GetAsync($"/{i}", HttpCompletionOption.ResponseHeadersRead);
            return await PatternBody.ReadAsync(await response.Content.ReadAsStreamAsync());
        }));
        Assert.All(lengths, static length => Assert.Equal(Size, length));
        await proxy.IdleAsync();
    }

    /// <summary>Writes on in pieces of a few kilobytes, and flushes each.</summary>
    private sealed class PiecewiseStream(Stream inner) : DelegatingStream(inner)
    {
        private const int Piece = 5000;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (; buffer.Length > 0; buffer = buffer[Math.Min(Piece, buffer.Length)..])
            {
                await Inner.WriteAsync(buffer[..Math.Min(Piece, buffer.Length)], cancellationToken);
                await Inner.FlushAsync(cancellationToken);
            }
        }
    }

    /// <summary>Is read two kilobytes at a time, each behind what the thread pool has to do.</summary>
    private sealed class SlowlyReadStream(Stream inner) : DelegatingStream(inner)
    {
        private const int Most = 2048;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            return await Inner.ReadAsync(buffer[..Math.Min(Most, buffer.Length)], cancellationToken);
        }
    }
}
