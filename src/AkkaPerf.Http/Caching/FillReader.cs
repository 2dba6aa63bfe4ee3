namespace AkkaPerf.Http.Caching;

/// <summary>One client's place in a <see cref="FillBody"/>. One read at a time.</summary>
internal sealed class FillReader
{
    private readonly FillBody _body;
    private int _given;

    public FillReader(FillBody body) => _body = body;

    /// <summary>How much it has. The body's to guard.</summary>
    public long Position { get; set; }

    /// <summary>Whether it was left behind. The body's to guard.</summary>
    public bool IsDropped { get; set; }

    /// <summary>Whether what it was given last is all that there is. The body's to set.</summary>
    public bool HasAll { get; set; }

    /// <summary>The next bytes, which are good until the next call; empty at the end.</summary>
    /// <exception cref="HttpRequestException">The backend broke the body off.</exception>
    /// <exception cref="IOException">This reader was left behind.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> NextAsync(CancellationToken cancellationToken)
    {
        TakeGiven();
        while (true)
        {
            if (_body.TryRead(this, out var bytes, out var more))
            {
                _given = bytes.Length;
                return bytes;
            }

            await more.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void TakeGiven()
    {
        if (_given > 0)
        {
            _body.Took(this, _given);
            _given = 0;
        }
    }
}
