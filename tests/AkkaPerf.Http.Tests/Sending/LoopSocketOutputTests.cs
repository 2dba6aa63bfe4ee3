namespace AkkaPerf.Http.Tests.Sending;

/// <summary>The same where event loops watch the sockets, if the machine can have them.</summary>
public sealed class LoopSocketOutputTests() : SocketOutputTests(usesEventLoops: true);
