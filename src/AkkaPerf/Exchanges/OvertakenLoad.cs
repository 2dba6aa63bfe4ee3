namespace AkkaPerf.Exchanges;

/// <summary>Whether a load that has ended had been told that its key was changed; who changes it later says so where its answer is written.</summary>
internal sealed class OvertakenLoad(Exchange load) : IOvertakable
{
    public bool IsOvertaken => load.IsOvertaken;
}
