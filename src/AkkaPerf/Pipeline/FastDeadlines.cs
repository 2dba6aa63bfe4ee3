using AkkaPerf.Exchanges;
using AkkaPerf.Layers;
using AkkaPerf.Statistics;

namespace AkkaPerf.Pipeline;

/// <summary>The exchanges that run without the island's knowledge, with their deadlines: whoever is late, or there when the pipeline ends, is answered.</summary>
/// <remarks>
/// A table and a lock to a processor, so that threads of several do not meet. An exchange is abandoned under the lock: taken out first, it could
/// have ended and be another's by then.
/// </remarks>
internal sealed class FastDeadlines
{
    private readonly Stripe[] _stripes;

    public FastDeadlines(TimeProvider time)
    {
        _stripes = new Stripe[Stripes.Count];
        for (var i = 0; i < _stripes.Length; i++)
        {
            _stripes[i] = new Stripe(time);
        }
    }

    public void Add(Exchange exchange)
    {
        var index = Stripes.Current;
        exchange.Fast.Stripe = index;
        _stripes[index].Add(exchange);
    }

    public void Remove(Exchange exchange) => _stripes[exchange.Fast.Stripe].Remove(exchange);

    /// <summary>Ends the wait of all who are there.</summary>
    public void Refuse(RefusalReason reason)
    {
        foreach (var stripe in _stripes)
        {
            stripe.Refuse(reason);
        }
    }

    /// <summary>No deadline passes any more.</summary>
    public void Stop()
    {
        foreach (var stripe in _stripes)
        {
            stripe.Stop();
        }
    }

    private sealed class Stripe
    {
        private readonly Lock _gate = new();
        private readonly DeadlineTable _table = new();
        private readonly TimeProvider _time;
        private readonly IslandTimer _timer;
        private bool _isOver;

        public Stripe(TimeProvider time)
        {
            _time = time;
            _timer = new IslandTimer(time, OnTimer);
        }

        public void Add(Exchange exchange)
        {
            lock (_gate)
            {
                _table.Add(exchange);
                if (_isOver)
                {
                    exchange.Abandon(RefusalReason.PipelineStopping);
                }
                else
                {
                    _timer.Arm(exchange.Deadline);
                }
            }
        }

        public void Remove(Exchange exchange)
        {
            lock (_gate)
            {
                _table.Remove(exchange);
            }
        }

        public void Refuse(RefusalReason reason)
        {
            lock (_gate)
            {
                _table.TakeAll(exchange => exchange.Abandon(reason));
            }
        }

        public void Stop()
        {
            lock (_gate)
            {
                _isOver = true;
                _timer.Dispose();
            }
        }

        private void OnTimer()
        {
            lock (_gate)
            {
                _timer.Fired();

                // Answered, but not ended: they stay until they are.
                _table.ForLate(_time.GetTimestamp(), static exchange => exchange.Abandon(RefusalReason.DeadlinePassed));
                if (!_isOver)
                {
                    _timer.Arm(_table.Earliest);
                }
            }
        }
    }
}
