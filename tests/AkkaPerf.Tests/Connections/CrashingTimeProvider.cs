using Akka.Actor.Internal;
using AkkaPerf.Connections;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Connections;

/// <summary>Virtual time that fails when told to, for the pool's actor only: it reads it inside its message handler.</summary>
internal sealed class CrashingTimeProvider : FakeTimeProvider
{
    private int _crashes;

    public int CrashesLeft => Volatile.Read(ref _crashes);

    public void Crash(int times) => Volatile.Write(ref _crashes, times);

    public override long GetTimestamp()
    {
        if (InternalCurrentActorCellKeeper.Current?.Props.Type == typeof(ConnectionPoolActor) && Volatile.Read(ref _crashes) > 0)
        {
            Interlocked.Decrement(ref _crashes);
            throw new InvalidOperationException("The clock is broken.");
        }

        return base.GetTimestamp();
    }
}
