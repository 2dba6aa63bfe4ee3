using System.Diagnostics.CodeAnalysis;

namespace AkkaPerf.Http.Compression;

/// <summary>A whole body in memory and what was made of it for those who accept a coding: each coding once, by the first who asks, for all who ask.</summary>
/// <remarks>
/// A coding that does not make it smaller by a twentieth is not worth a client's work, and is remembered as such. What fails, or finds no room, is
/// forgotten: whoever asks next tries again. Any thread.
/// </remarks>
internal sealed class EncodedBodies
{
    private const double WorthIt = 0.95;

    private static readonly byte[] NotWorthIt = [];

    private readonly ReadOnlyMemory<byte> _body;
    private readonly EncodingWork _work;
    private readonly Action<long>? _grew;

    // By coding: null, the task under way, the bytes, or none if it is not worth it.
    private readonly object?[] _slots = new object?[CodingNames.Count];
    private long _bytes;

    /// <summary>Takes a body, which never changes.</summary>
    /// <param name="body">The body as it is.</param>
    /// <param name="work">Where it is encoded.</param>
    /// <param name="grew">Told by how many bytes it has grown, once for each coding.</param>
    public EncodedBodies(ReadOnlyMemory<byte> body, EncodingWork work, Action<long>? grew = null)
    {
        _body = body;
        _work = work;
        _grew = grew;
    }

    /// <summary>What counts their bytes; null for nothing.</summary>
    public CompressionCounts? Counts { get; init; }

    /// <summary>How many bytes the encoded bodies may take together: one that finds no room among the others is not worth it. Default: any number.</summary>
    public long MaxBytes { get; init; } = long.MaxValue;

    /// <summary>How many bytes the encoded bodies take, besides the body itself.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The body in this coding, if it is there. Allocates nothing.</summary>
    public bool TryGet(ContentCoding coding, out ReadOnlyMemory<byte> bytes)
    {
        var known = Volatile.Read(ref _slots[(int)coding]) as byte[];
        bytes = known;
        return known is { Length: > 0 };
    }

    /// <summary>Whether it is known that this coding does not make it smaller: the body is sent as it is.</summary>
    public bool IsNotWorthIt(ContentCoding coding) => ReferenceEquals(Volatile.Read(ref _slots[(int)coding]), NotWorthIt);

    /// <summary>The body in this coding, encoded now if nobody has before; null if it is to be sent as it is: it does not get smaller, or there is no CPU to spare.</summary>
    /// <param name="coding">Not the identity.</param>
    /// <param name="cancellationToken">Ends this caller's wait, and nothing else.</param>
    public ValueTask<ReadOnlyMemory<byte>?> EncodeAsync(ContentCoding coding, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(coding, ContentCoding.Identity);
        ref var slot = ref _slots[(int)coding];
        return Volatile.Read(ref slot) switch
        {
            byte[] known => new(ResultOf(known)),
            Task<byte[]> underWay => WaitAsync(underWay, cancellationToken),
            _ => TryStart(coding, ref slot, out var task) ? WaitAsync(task, cancellationToken) : default,
        };
    }

    private static async ValueTask<ReadOnlyMemory<byte>?> WaitAsync(Task<byte[]> task, CancellationToken cancellationToken) =>
        ResultOf(await task.WaitAsync(cancellationToken).ConfigureAwait(false));

    // A bare null would become an empty memory.
    private static ReadOnlyMemory<byte>? ResultOf(byte[] known) => known.Length > 0 ? known : (ReadOnlyMemory<byte>?)null;

    private bool TryStart(ContentCoding coding, ref object? slot, [NotNullWhen(true)] out Task<byte[]>? task)
    {
        task = null;
        if (!_work.TryEnter())
        {
            return false;
        }

        // Not under way yet: only the one that gets the slot is.
        task = new Task<byte[]>(() => Run(coding), CancellationToken.None, TaskCreationOptions.RunContinuationsAsynchronously);
        var other = Interlocked.CompareExchange(ref slot, task, null);
        if (other is null)
        {
            task.Start(_work.Scheduler);
            return true;
        }

        _work.Leave();
        task = other as Task<byte[]> ?? Task.FromResult((byte[])other);
        return true;
    }

    private byte[] Run(ContentCoding coding)
    {
        byte[]? made = null;
        try
        {
            var encoded = Encode(coding);
            if (Interlocked.Add(ref _bytes, encoded.Length) > MaxBytes)
            {
                Interlocked.Add(ref _bytes, -encoded.Length);
                encoded = NotWorthIt;
            }

            return made = encoded;
        }
        finally
        {
            Volatile.Write(ref _slots[(int)coding], made);
            _work.Leave();
            if (made is { Length: > 0 })
            {
                _grew?.Invoke(made.Length);
            }
        }
    }

    private byte[] Encode(ContentCoding coding)
    {
        using var output = new EncodedOutput();
        using var encoder = _work.Encoders.ToKeep(coding, _body.Length, output);
        encoder.Finish(_body.Span);
        Counts?.Add(coding, _body.Length, output.Written.Length);
        return output.Written.Length <= _body.Length * WorthIt ? output.Written.ToArray() : NotWorthIt;
    }
}
