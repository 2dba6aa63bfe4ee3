namespace AkkaPerf.Http.Tests.Transport.Wire;

/// <summary>The same where event loops watch the sockets, if the machine can have them.</summary>
public sealed class LoopWireConnectionTests() : WireConnectionTests(usesEventLoops: true);
