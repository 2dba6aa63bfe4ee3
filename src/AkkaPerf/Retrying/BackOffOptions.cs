using System.ComponentModel.DataAnnotations;

namespace AkkaPerf.Retrying;

/// <summary>The pause before a further try. Who pauses holds no permit, but a place in the waiting room (<c>throttle.queue</c>).</summary>
public sealed class BackOffOptions
{
    /// <summary>The first pause; 0 s to 1 h, default 0 s = none: another backend is asked at once, with the same permit.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan Base { get; set; }

    /// <summary>The longest pause; 1 ms to 1 h, default 10 s. A backend that asks for a longer one is not tried again.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan Max { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How chance varies the pauses; default <see cref="BackOffJitter.Equal"/>.</summary>
    public BackOffJitter Jitter { get; set; } = BackOffJitter.Equal;
}
