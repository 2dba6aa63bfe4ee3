namespace AkkaPerf.Health;

internal enum ProbeTurnState : byte
{
    Waiting,
    Running,
    Left,
}
