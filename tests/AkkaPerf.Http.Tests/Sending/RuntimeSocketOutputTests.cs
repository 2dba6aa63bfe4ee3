namespace AkkaPerf.Http.Tests.Sending;

/// <summary>The same where the runtime watches the sockets.</summary>
public sealed class RuntimeSocketOutputTests() : SocketOutputTests(usesEventLoops: false);
