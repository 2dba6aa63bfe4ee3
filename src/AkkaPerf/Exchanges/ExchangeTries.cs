using System.Runtime.InteropServices;

namespace AkkaPerf.Exchanges;

/// <summary>What is known of an exchange's tries. The island's, but for what its handler says while it runs.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct ExchangeTries
{
    /// <summary>For an exchange whose tries are exchanges of their own: the one that runs, or the only one left.</summary>
    public Exchange? First;

    /// <summary>The one that runs beside it.</summary>
    public Exchange? Second;

    /// <summary>Further tries that have been granted.</summary>
    public int Done;

    /// <summary>When it may be tried again, as a timestamp of the pipeline's clock: it waits until then where permits are given. 0 = it is not to wait.</summary>
    public long ResumesAt;

    /// <summary>The last pause before a try, in ticks of the clock.</summary>
    public long PausedTicks;

    /// <summary>When the present try began, as a timestamp of the pipeline's clock.</summary>
    public long BeganAt;

    /// <summary>How long the backend asked to be left alone, in ticks of the clock. By the handler.</summary>
    public long AfterTicks;

    /// <summary>Whether its handler ended in a way that asks for another try. By the handler.</summary>
    public bool WantsAnother;

    /// <summary>Whether the request may be sent more than once. Written before it is posted.</summary>
    public bool IsRepeatable;

    /// <summary>Whether it is one try of another exchange.</summary>
    public bool IsTry;

    /// <summary>For a try: whether it was made beside another one, so that it rather ends than waits.</summary>
    public bool IsHedge;

    /// <summary>Whether the budget has it.</summary>
    public bool IsCounted;
}
