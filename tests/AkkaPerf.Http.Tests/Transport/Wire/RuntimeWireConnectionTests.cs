namespace AkkaPerf.Http.Tests.Transport.Wire;

/// <summary>The same where the runtime watches the sockets.</summary>
public sealed class RuntimeWireConnectionTests() : WireConnectionTests(usesEventLoops: false);
