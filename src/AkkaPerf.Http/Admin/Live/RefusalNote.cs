namespace AkkaPerf.Http.Admin.Live;

/// <summary>Refusals of one reason that followed one another, and what the pipeline looked like when they happened.</summary>
/// <param name="From">When the first was seen.</param>
/// <param name="Until">When the last was seen.</param>
/// <param name="Reason">The reason.</param>
/// <param name="Count">How many.</param>
/// <param name="Why">What there was too much or too little of.</param>
internal sealed record RefusalNote(DateTimeOffset From, DateTimeOffset Until, string Reason, long Count, string Why);
