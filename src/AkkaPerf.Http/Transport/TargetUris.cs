namespace AkkaPerf.Http.Transport;

/// <summary>The addresses of a backend's targets; those asked for of late are kept, since making one costs more than finding it.</summary>
internal sealed class TargetUris
{
    private const int Slots = 256;

    // Longer ones are rarely asked for twice, and would weigh.
    private const int LongestKept = 512;

    // The target is what the client sent, byte for byte: a Uri of its own mind would decode and fold it.
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly string _prefix;

    // By the target's hash; whoever comes later takes the place. Any thread.
    private readonly Kept?[] _kept = new Kept?[Slots];

    /// <param name="prefix">What stands before a target: the backend's address without a slash at its end.</param>
    public TargetUris(string prefix) => _prefix = prefix;

    public Uri Of(string target)
    {
        if (target.Length > LongestKept)
        {
            return Make(target);
        }

        ref var place = ref _kept[(uint)StringComparer.Ordinal.GetHashCode(target) % Slots];
        var kept = Volatile.Read(ref place);
        if (kept is null || !string.Equals(kept.Target, target, StringComparison.Ordinal))
        {
            kept = new Kept(target, Make(target));
            Volatile.Write(ref place, kept);
        }

        return kept.Uri;
    }

    private Uri Make(string target) => new(string.Concat(_prefix, target), Verbatim);

    private sealed record Kept(string Target, Uri Uri);
}
