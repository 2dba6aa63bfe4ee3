using System.ComponentModel.DataAnnotations;
using Akka.Actor;
using AkkaPerf.Connections;
using AkkaPerf.Exchanges;
using AkkaPerf.TestKit;
using Microsoft.Extensions.Time.Testing;

namespace AkkaPerf.Tests.Connections;

/// <summary>The pool used by itself.</summary>
public sealed class ConnectionPoolTests : Akka.TestKit.Xunit2.TestKit
{
    private static readonly Uri Address = new("tcp://db:5432");

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_connection_given_back_is_used_again()
    {
        var factory = new FakeConnectionFactory();
        await using var pool = Start(factory);
        int id;
        await using (var lease = await pool.AcquireAsync())
        {
            id = lease.Connection.Id;
            lease.Connection.Use();
            Assert.Equal(1, pool.Snapshot.Leased);
        }

        using var second = await pool.AcquireAsync();
        Assert.Equal(id, second.Connection.Id);
        Assert.Equal(1, factory.Opened);
    }

    [Fact]
    public async Task A_lease_is_given_back_once_and_its_connection_is_out_of_reach_then()
    {
        var factory = new FakeConnectionFactory();
        await using var pool = Start(factory, new ConnectionOptions { MaxPerBackend = 1 });
        var first = await pool.AcquireAsync();
        first.Dispose();
        using var second = await pool.AcquireAsync();
        first.MarkBroken();
        first.Dispose();
        await first.DisposeAsync();

        second.Connection.Use();
        Assert.Throws<ObjectDisposedException>(() => first.Connection);
        Assert.Equal(0, factory.Closed);
    }

    [Fact]
    public async Task A_connection_marked_broken_is_closed()
    {
        var factory = new FakeConnectionFactory();
        await using var pool = Start(factory);
        using (var lease = await pool.AcquireAsync())
        {
            lease.MarkBroken();
        }

        await factory.WaitUntilAsync(all => all.Closed == 1);
        using var second = await pool.AcquireAsync();
        Assert.Equal(2, second.Connection.Id);
    }

    [Fact]
    public async Task A_dead_connection_is_found_before_it_is_handed_out()
    {
        var factory = new FakeConnectionFactory();
        await using var pool = Start(factory);
        using (var lease = await pool.AcquireAsync())
        {
            lease.Connection.Kill();
        }

        await AwaitAssertAsync(() => Assert.Equal(1, pool.Snapshot.Idle));
        _time.Advance(TimeSpan.FromSeconds(1));
        using var second = await pool.AcquireAsync();
        second.Connection.Use();
        Assert.Equal(2, second.Connection.Id);
        Assert.Equal(1, factory.Checked);
    }

    [Fact]
    public async Task Who_gets_none_in_time_is_rejected_with_the_last_failed_connect()
    {
        var factory = new FakeConnectionFactory();
        factory.FailOpens(new IOException("no route"));
        await using var pool = Start(factory);
        var acquire = pool.AcquireAsync().AsTask();
        await AwaitAssertAsync(() => Assert.NotNull(pool.Snapshot.LastConnectFailure));

        _time.Advance(TimeSpan.FromSeconds(5));

        var rejected = await Assert.ThrowsAsync<RequestRejectedException>(() => acquire);
        Assert.Equal(RefusalReason.NoConnection, rejected.Reason);
        Assert.Equal("no route", Assert.IsType<IOException>(rejected.InnerException).Message);
    }

    [Fact]
    public async Task A_check_that_hangs_is_told_to_stop_and_its_connection_replaced()
    {
        var factory = new HangingCheckFactory();
        await using var pool = ConnectionPool.Start(
            Sys, "hanging-check", factory, Address, new ConnectionOptions { ConnectTimeout = TimeSpan.FromSeconds(1) }, _time);
        (await pool.AcquireAsync()).Dispose();
        await AwaitAssertAsync(() => Assert.Equal(1, pool.Snapshot.Idle));
        _time.Advance(TimeSpan.FromSeconds(1));
        var acquire = pool.AcquireAsync().AsTask();
        await AwaitAssertAsync(() => Assert.Equal((1, 0), (pool.Snapshot.Open, pool.Snapshot.Idle)));

        _time.Advance(TimeSpan.FromSeconds(1));

        await factory.CheckStopped.WaitAsync(TimeSpan.FromSeconds(20));
        using var lease = await acquire.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(2, lease.Connection.Id);
    }

    [Fact]
    public async Task A_check_that_throws_when_told_to_stop_does_not_keep_its_connection_from_being_closed()
    {
        var factory = new HangingCheckFactory { OnStopped = static () => throw new InvalidOperationException("driver") };
        await using var pool = ConnectionPool.Start(
            Sys, "throwing-check", factory, Address, new ConnectionOptions { ConnectTimeout = TimeSpan.FromSeconds(1) }, _time);
        (await pool.AcquireAsync()).Dispose();
        await AwaitAssertAsync(() => Assert.Equal(1, pool.Snapshot.Idle));
        _time.Advance(TimeSpan.FromSeconds(1));
        var acquire = pool.AcquireAsync().AsTask();
        await AwaitAssertAsync(() => Assert.Equal((1, 0), (pool.Snapshot.Open, pool.Snapshot.Idle)));

        _time.Advance(TimeSpan.FromSeconds(1));

        await factory.Inner.WaitUntilAsync(static all => all.Closed == 1).WaitAsync(TimeSpan.FromSeconds(20));
        (await acquire.WaitAsync(TimeSpan.FromSeconds(20))).Dispose();
    }

    [Fact]
    public async Task Who_gets_none_since_all_are_taken_is_told_no_time_to_come_back()
    {
        await using var pool = Start(new FakeConnectionFactory(), new ConnectionOptions { MaxPerBackend = 1 });
        using var taken = await pool.AcquireAsync();
        var acquire = pool.AcquireAsync().AsTask();
        await AwaitAssertAsync(() => Assert.Equal(1, pool.Snapshot.Waiting));

        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Null((await Assert.ThrowsAsync<RequestRejectedException>(() => acquire)).RetryAfter);
    }

    [Fact]
    public async Task Who_gets_none_while_connects_fail_is_told_when_the_next_may_start()
    {
        var factory = new FakeConnectionFactory();
        factory.FailOpens();
        await using var pool = Start(factory, new ConnectionOptions { AcquireTimeout = TimeSpan.FromMilliseconds(1) });
        var acquire = pool.AcquireAsync().AsTask();
        await AwaitAssertAsync(() => Assert.NotNull(pool.Snapshot.LastConnectFailure));

        _time.Advance(TimeSpan.FromMilliseconds(1));

        // The first back-off is 50 to 100 ms.
        var rejected = await Assert.ThrowsAsync<RequestRejectedException>(() => acquire);
        Assert.InRange(rejected.RetryAfter!.Value, TimeSpan.FromMilliseconds(49), TimeSpan.FromMilliseconds(99));
    }

    [Fact]
    public async Task A_cancelled_wait_ends_at_once_and_leaves_the_queue()
    {
        var factory = new FakeConnectionFactory();
        factory.HoldOpens();
        await using var pool = Start(factory);
        using var cancellation = new CancellationTokenSource();
        var acquire = pool.AcquireAsync(cancellation.Token).AsTask();
        await factory.WaitUntilAsync(all => all.OpensStarted == 1);

        await cancellation.CancelAsync();

        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => acquire);
        Assert.Equal(cancellation.Token, cancelled.CancellationToken);
        await AwaitAssertAsync(() => Assert.Equal(0, pool.Snapshot.Waiting));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pool.AcquireAsync(cancellation.Token));
    }

    [Fact]
    public async Task A_pool_recovers_from_connects_that_hang_for_ever_and_closes_what_comes_late()
    {
        var factory = new FakeConnectionFactory { IgnoresCancellation = true };
        factory.HoldOpens();
        await using var pool = Start(factory, new ConnectionOptions { MaxPerBackend = 1, ConnectTimeout = TimeSpan.FromSeconds(1) });
        var acquire = pool.AcquireAsync().AsTask();
        await factory.WaitUntilAsync(all => all.OpensStarted == 1);

        _time.Advance(TimeSpan.FromSeconds(1));
        await AwaitAssertAsync(() => Assert.IsType<TimeoutException>(pool.Snapshot.LastConnectFailure));
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await factory.WaitUntilAsync(all => all.OpensStarted == 2);
        factory.ReleaseOpens();

        using var lease = await acquire;
        await factory.WaitUntilAsync(all => all.Opened == 2 && all.OpenNow == 1);
        lease.Connection.Use();
        Assert.Equal(0, factory.WrongCloses);
    }

    [Fact]
    public async Task After_a_dispose_nothing_is_acquired_and_nothing_is_open()
    {
        var factory = new FakeConnectionFactory();
        var pool = Start(factory, new ConnectionOptions { MinIdle = 2 });
        (await pool.AcquireAsync()).Dispose();
        await factory.WaitUntilAsync(all => all.Opened >= 2);

        await pool.DisposeAsync();
        await pool.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pool.AcquireAsync());
        Assert.Equal(0, factory.OpenNow);
        Assert.Equal(0, pool.Snapshot.Open);
    }

    [Fact]
    public async Task A_dispose_ends_waits_and_waits_for_leases()
    {
        var factory = new FakeConnectionFactory();
        var pool = Start(factory, new ConnectionOptions { MaxPerBackend = 1 });
        var lease = await pool.AcquireAsync();
        var waiting = pool.AcquireAsync().AsTask();

        var dispose = pool.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        Assert.False(dispose.IsCompleted);
        lease.Connection.Use();

        lease.Dispose();
        await dispose;
        Assert.Equal(0, factory.OpenNow);
    }

    [Fact]
    public async Task A_stop_closes_leased_connections_when_the_grace_is_over()
    {
        var factory = new FakeConnectionFactory();
        var pool = Start(factory);
        var lease = await pool.AcquireAsync();
        var stop = pool.StopAsync(TimeSpan.FromSeconds(2));
        while (!stop.IsCompleted)
        {
            // The stop travels through two actors: time goes on until it has arrived and the grace after it has passed.
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(0, factory.OpenNow);
        lease.Dispose();
        Assert.Equal(0, factory.WrongCloses);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(10_675_199)]
    public async Task A_stop_may_let_leases_last_as_long_as_they_do(int days)
    {
        var factory = new FakeConnectionFactory();
        var pool = Start(factory);
        var lease = await pool.AcquireAsync();
        (await pool.AcquireAsync()).Dispose();

        var stop = pool.StopAsync(TimeSpan.FromDays(days));
        await factory.WaitUntilAsync(static all => all.Closed == 1).WaitAsync(TimeSpan.FromSeconds(20));
        _time.Advance(TimeSpan.FromDays(50));
        lease.Connection.Use();
        Assert.False(stop.IsCompleted);

        lease.Dispose();
        await stop.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((0, 0), (factory.OpenNow, factory.WrongCloses));
    }

    [Fact]
    public async Task A_lease_held_too_long_is_reported_with_where_it_was_taken()
    {
        await using var pool = Start(new FakeConnectionFactory());
        var lease = await pool.AcquireAsync();

        await EventFilter.Warning(contains: nameof(A_lease_held_too_long_is_reported_with_where_it_was_taken) + " (ConnectionPoolTests.cs:")
            .ExpectOneAsync(async () =>
            {
                _time.Advance(TimeSpan.FromMinutes(1));
                await Task.CompletedTask;
            });
        await EventFilter.Info(contains: "was given back after 60 s").ExpectOneAsync(async () =>
        {
            lease.Dispose();
            await Task.CompletedTask;
        });
    }

    [Fact]
    public async Task When_the_actor_system_ends_waits_end_and_late_leases_are_closed()
    {
        var factory = new FakeConnectionFactory();
        var system = ActorSystem.Create("short-lived");
        var pool = ConnectionPool.Start(system, "db", factory, Address, new ConnectionOptions { MaxPerBackend = 1 }, _time);
        var lease = await pool.AcquireAsync();
        var waiting = pool.AcquireAsync().AsTask();

        await system.Terminate();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pool.AcquireAsync());
        lease.Connection.Use();
        lease.Dispose();
        await factory.WaitUntilAsync(all => all.OpenNow == 0);
        await pool.DisposeAsync();
    }

    [Fact]
    public async Task Connections_that_wait_at_hand_are_lent_without_a_wait()
    {
        await using var pool = Start(new FakeConnectionFactory());
        (await pool.AcquireAsync()).Dispose();
        await AwaitAssertAsync(() => Assert.Equal(1, pool.Snapshot.Idle));
        for (var i = 0; i < 10; i++)
        {
            var acquire = pool.AcquireAsync();
            Assert.True(acquire.IsCompletedSuccessfully);
            using var lease = await acquire;
            lease.Connection.Use();
        }
    }

    [Fact]
    public async Task Taking_a_connection_at_hand_and_giving_it_back_allocates_little()
    {
        const int Times = 1_000;
        await using var pool = Start(new FakeConnectionFactory());
        (await pool.AcquireAsync()).Dispose();
        await AwaitAssertAsync(() => Assert.Equal(1, pool.Snapshot.Idle));
        await UseAtHandAsync(pool, Times);
        var before = GC.GetAllocatedBytesForCurrentThread();

        await UseAtHandAsync(pool, Times);

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Times, 0, 200);
    }

    [Fact]
    public async Task A_pool_is_resized_while_it_is_in_use()
    {
        var factory = new FakeConnectionFactory();
        await using var pool = Start(factory, new ConnectionOptions { MaxPerBackend = 1 });
        var first = await pool.AcquireAsync();
        var second = pool.AcquireAsync().AsTask();
        await AwaitAssertAsync(() => Assert.Equal(1, pool.Snapshot.Waiting));

        pool.Resize(2, minIdle: 0);
        (await second).Dispose();
        Assert.Equal(2, factory.OpenNow);

        pool.Resize(1, minIdle: 0);
        await factory.WaitUntilAsync(all => all.OpenNow == 1);
        first.Dispose();
        await AwaitAssertAsync(() => Assert.Equal((1, 1, 0), (pool.Snapshot.Max, pool.Snapshot.Open, pool.Snapshot.Leased)));
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Resize(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Resize(2, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Resize(100_001, 0));
    }

    [Fact]
    public async Task Connects_that_do_not_end_are_in_the_log_once()
    {
        var factory = new FakeConnectionFactory { IgnoresCancellation = true };
        factory.HoldOpens();
        await using var pool = Start(factory, new ConnectionOptions { ConnectTimeout = TimeSpan.FromSeconds(1), AcquireTimeout = TimeSpan.FromHours(1) });
        var acquire = pool.AcquireAsync().AsTask();
        await factory.WaitUntilAsync(all => all.OpensStarted == 1);
        _time.Advance(TimeSpan.FromSeconds(1));
        await AwaitAssertAsync(() => Assert.Equal(1, pool.Snapshot.Hanging));

        await EventFilter.Warning(contains: "ignores its token").ExpectOneAsync(async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.CompletedTask;
        });
        await EventFilter.Info(contains: "that hung have ended").ExpectOneAsync(async () =>
        {
            factory.ReleaseOpens();
            await AwaitAssertAsync(() => Assert.Equal(0, pool.Snapshot.Hanging));
        });
        pool.BackendIsBack();
        (await acquire).Dispose();
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(4, 5)]
    [InlineData(100_001, 0)]
    public void Options_out_of_range_are_refused(int max, int minIdle)
    {
        var options = new ConnectionOptions { MaxPerBackend = max, MinIdle = minIdle };

        Assert.Throws<ValidationException>(() => Start(new FakeConnectionFactory(), options));
    }

    [Fact]
    public void Slots_of_a_shared_transport_cannot_be_kept_idle() =>
        Assert.Throws<ValidationException>(() => Start(new FakeConnectionFactory { IsShared = true }, new ConnectionOptions { MinIdle = 1 }));

    private static async Task UseAtHandAsync(ConnectionPool<FakeConnection> pool, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var acquire = pool.AcquireAsync();
            Assert.True(acquire.IsCompletedSuccessfully);
            (await acquire).Dispose();
        }
    }

    private ConnectionPool<FakeConnection> Start(FakeConnectionFactory factory, ConnectionOptions? options = null) =>
        ConnectionPool.Start(Sys, "pool", factory, Address, options ?? new ConnectionOptions(), _time);
}
