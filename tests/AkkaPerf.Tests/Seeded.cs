using CsCheck;

namespace AkkaPerf.Tests;

/// <summary>Property tests whose cases are the same on each run.</summary>
/// <remarks>
/// A failure is sampled once more from its seed, which shrinks it. To explore, set one of CsCheck's own variables: with
/// <c>CsCheck_Iter=1000000</c>, <c>CsCheck_Time=60</c> or <c>CsCheck_Seed=…</c> the cases are CsCheck's, with seeds of its own, on all cores.
/// </remarks>
internal static class Seeded
{
    private const uint Stream = 1;
    private const ulong Seed = 20_260_101;

    // What CsCheck does where nothing is said.
    private const int Usual = 100;

    private static readonly bool IsLimited = IsSet("CsCheck_Iter") || IsSet("CsCheck_Time");
    private static readonly bool IsExploring = IsLimited || IsSet("CsCheck_Seed");

    /// <param name="gen">Makes the cases.</param>
    /// <param name="assert">What is to be true of each.</param>
    /// <param name="iter">How many.</param>
    /// <param name="seed">The first one's seed, as CsCheck tells it; null for the usual one.</param>
    public static void Check<T>(this Gen<T> gen, Action<T> assert, int iter = Usual, string? seed = null)
    {
        if (IsExploring)
        {
            gen.Sample(assert, iter: Iterations(iter));
            return;
        }

        var chance = seed is null ? Chance() : PCG.Parse(seed);
        for (var i = 0; i < iter; i++)
        {
            var own = chance.ToString();
            var value = gen.Generate(chance, null, out _);
            try
            {
                assert(value);
            }
            catch (Exception)
            {
                gen.Sample(assert, seed: own, threads: 1);

                // It was no fault of the value alone.
                throw;
            }
        }
    }

    public static void Check<T>(this Gen<T> gen, Func<T, bool> isSo, int iter = Usual) => gen.Check(value => Assert.True(isSo(value)), iter);

    public static void Check<T1, T2>(this Gen<(T1, T2)> gen, Action<T1, T2> assert, int iter = Usual) =>
        gen.Check(value => assert(value.Item1, value.Item2), iter);

    public static void Check<T1, T2, T3>(this Gen<(T1, T2, T3)> gen, Action<T1, T2, T3> assert, int iter = Usual) =>
        gen.Check(value => assert(value.Item1, value.Item2, value.Item3), iter);

    public static void Check<T1, T2, T3, T4>(this Gen<(T1, T2, T3, T4)> gen, Action<T1, T2, T3, T4> assert, int iter = Usual) =>
        gen.Check(value => assert(value.Item1, value.Item2, value.Item3, value.Item4), iter);

    public static void Check<T1, T2, T3, T4, T5, T6>(this Gen<(T1, T2, T3, T4, T5, T6)> gen, Action<T1, T2, T3, T4, T5, T6> assert, int iter = Usual) =>
        gen.Check(value => assert(value.Item1, value.Item2, value.Item3, value.Item4, value.Item5, value.Item6), iter);

    public static async Task CheckAsync<T>(this Gen<T> gen, Func<T, Task> assert, int iter = Usual)
    {
        if (IsExploring)
        {
            await gen.SampleAsync(assert, iter: Iterations(iter));
            return;
        }

        var chance = Chance();
        for (var i = 0; i < iter; i++)
        {
            var seed = chance.ToString();
            var value = gen.Generate(chance, null, out _);
            try
            {
                await assert(value);
            }
            catch (Exception)
            {
                await gen.SampleAsync(assert, seed: seed, threads: 1);
                throw;
            }
        }
    }

    // What a variable says of how many counts.
    private static long Iterations(int iter) => IsLimited ? -1 : iter;

    private static bool IsSet(string name) => Environment.GetEnvironmentVariable(name) is not null;

    private static PCG Chance() => new(Stream, Seed);
}
