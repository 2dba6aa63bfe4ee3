namespace AkkaPerf.Pipeline;

/// <summary>Further tries since the pipeline's start.</summary>
/// <param name="Retries">Tries after one that failed.</param>
/// <param name="Hedges">Tries beside a slow one.</param>
/// <param name="HedgesWon">Those of them that answered first.</param>
/// <param name="RefusedByBudget">Tries and hedges that the budget did not allow.</param>
public sealed record RetrySnapshot(long Retries, long Hedges, long HedgesWon, long RefusedByBudget);
