using System.Text;

namespace AkkaPerf.Http.Tests.Assets;

/// <summary>A directory to be served, with another one beside it that is not.</summary>
internal sealed class AssetFolder : IDisposable
{
    private static readonly DateTime Then = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    private readonly string _home = Directory.CreateTempSubdirectory("akkaperf-assets-").FullName;

    public AssetFolder()
    {
        Directory.CreateDirectory(Root);
        Directory.CreateDirectory(Outside);
    }

    /// <summary>What is served.</summary>
    public string Root => Path.Combine(_home, "www");

    /// <summary>What is not.</summary>
    public string Outside => Path.Combine(_home, "outside");

    public AssetFolder With(string path, string text, int minutes = 0) => With(path, Encoding.UTF8.GetBytes(text), minutes);

    /// <summary>Puts a file there, changed so many minutes after the others.</summary>
    public AssetFolder With(string path, byte[] bytes, int minutes = 0)
    {
        var full = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, bytes);
        File.SetLastWriteTimeUtc(full, Then.AddMinutes(minutes));
        return this;
    }

    /// <summary>Puts a link there.</summary>
    public AssetFolder WithLink(string path, string target)
    {
        var full = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.CreateSymbolicLink(full, target);
        return this;
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);
}
