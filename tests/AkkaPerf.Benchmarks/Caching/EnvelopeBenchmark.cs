using System.Buffers;
using AkkaPerf.Caching;
using AkkaPerf.Caching.Distributed;
using BenchmarkDotNet.Attributes;

namespace AkkaPerf.Benchmarks.Caching;

/// <summary>What the second level's envelope costs: a value into a pooled buffer, and out of it.</summary>
[MemoryDiagnoser]
public class EnvelopeBenchmark
{
    private static readonly string[] Tags = ["catalogue"];
    private static readonly L2Life Life = new(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddMinutes(1), DateTimeOffset.UnixEpoch.AddMinutes(2));

    private readonly BytesSerializer _serializer = new();
    private EntryCodec _codec = null!;
    private byte[] _value = [];
    private byte[] _envelope = [];

    /// <summary>Of the value, in bytes; it is text of eight letters, so about 3 bits a byte are worth keeping.</summary>
    [Params(100, 4096, 65536)]
    public int Length { get; set; }

    /// <summary>Whether it is compressed.</summary>
    [Params(false, true)]
    public bool Compresses { get; set; }

    /// <summary>Length of the envelope, which the report would not show.</summary>
    public int Stored => _envelope.Length;

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        _value = [.. Enumerable.Range(0, Length).Select(_ => (byte)('a' + random.Next(8)))];
        _codec = new EntryCodec(new L2Options { CompressAbove = Compresses ? 0 : 512 * 1024 * 1024 }, new L2Counters());
        using var buffer = _codec.CreateBuffer();
        _codec.Encode(buffer, "product:4711", _value, Life, Tags, _serializer);
        _envelope = buffer.Span.ToArray();
        Console.WriteLine($"// {Length} B become {Stored} B");
    }

    [Benchmark]
    public int Encode()
    {
        using var buffer = _codec.CreateBuffer();
        _codec.Encode(buffer, "product:4711", _value, Life, Tags, _serializer);
        return buffer.Length;
    }

    [Benchmark]
    public int Decode()
    {
        using var buffer = _codec.CreateBuffer();
        buffer.Write(_envelope);
        _codec.Decode(buffer.Memory, "product:4711", DateTimeOffset.UnixEpoch, _serializer, out var read);
        return read.Value!.Length;
    }
}
