namespace AkkaPerf.Tests.Composition;

public sealed record Product(int Id, string Name);
