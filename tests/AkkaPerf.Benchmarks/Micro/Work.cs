using System.Runtime.CompilerServices;

namespace AkkaPerf.Benchmarks.Micro;

/// <summary>A request as one contender answers it; what is measured is what was seen to answer rightly.</summary>
internal sealed class Work
{
    private const int Checks = 100;

    private Work(string name, int requests, Func<int, ValueTask> send, Func<Task> check, Action? forget)
    {
        Name = name;
        Requests = requests;
        SendAsync = send;
        CheckAsync = check;
        Forget = forget ?? (static () => { });
    }

    public string Name { get; }

    /// <summary>A round's: enough to be told from chance, few enough to be done in a second.</summary>
    public int Requests { get; }

    public Func<int, ValueTask> SendAsync { get; }

    /// <summary>Fails if an answer is wrong.</summary>
    public Func<Task> CheckAsync { get; }

    /// <summary>Empties a cache that has no bound, outside what is measured.</summary>
    public Action Forget { get; }

    public static Work Of<T>(string name, int requests, Func<int, ValueTask<T>> send, Func<int, T, bool> isRight, Action? forget = null) =>
        new(name, requests, i => DiscardAsync(send(i)), () => CheckAsyncOf(name, send, isRight), forget);

    // Numbers below zero, which no round asks for.
    private static async Task CheckAsyncOf<T>(string name, Func<int, ValueTask<T>> send, Func<int, T, bool> isRight)
    {
        for (var i = -1; i >= -Checks; i--)
        {
            var answer = await send(i);
            if (!isRight(i, answer))
            {
                throw new InvalidOperationException($"{name} gave a wrong answer: {answer}.");
            }
        }
    }

    private static ValueTask DiscardAsync<T>(ValueTask<T> sending)
    {
        if (!sending.IsCompletedSuccessfully)
        {
            return AwaitAsync(sending);
        }

        // Asked for, so that what is behind it can be used again.
        _ = sending.Result;
        return default;

        // What the measuring itself allocates is not to be counted.
        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
        static async ValueTask AwaitAsync(ValueTask<T> sending) => await sending;
    }
}
