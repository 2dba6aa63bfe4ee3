namespace AkkaPerf.Http.Assets;

/// <summary>A directory and what is really in it: links are followed, but not out of it.</summary>
internal sealed class AssetRoot
{
    // What kernels allow.
    private const int MaxLinks = 40;

    private readonly string _real;
    private readonly string _prefix;

    /// <summary>Takes the directory, which may be a link itself.</summary>
    /// <exception cref="IOException">It leads in a circle.</exception>
    public AssetRoot(string directory)
    {
        var full = Path.GetFullPath(directory);
        _real = Resolve(Path.GetPathRoot(full)!, full) ?? throw new IOException($"The directory {directory} is a link to itself.");
        _prefix = Path.EndsInDirectorySeparator(_real) ? _real : _real + Path.DirectorySeparatorChar;
    }

    /// <summary>The path, without links, of what a served path names; null if it leads out of the directory. There may be nothing there.</summary>
    public string? Find(string path)
    {
        var found = Resolve(_real, path);
        return found is not null && (found == _real || found.StartsWith(_prefix, StringComparison.Ordinal)) ? found : null;
    }

    // As a kernel does it, name by name: what stands behind a link counts from where the link leads.
    private static string? Resolve(string from, string path)
    {
        var names = new Stack<string>();
        Push(names, path[(Path.GetPathRoot(path)?.Length ?? 0)..]);
        var links = 0;
        var at = from;
        while (names.TryPop(out var name))
        {
            if (name == "..")
            {
                at = Path.GetDirectoryName(at) ?? at;
                continue;
            }

            var next = Path.Join(at, name);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                at = next;
                continue;
            }

            if (++links > MaxLinks)
            {
                return null;
            }

            at = Path.IsPathFullyQualified(target) ? Path.GetPathRoot(target)! : at;
            Push(names, target[(Path.GetPathRoot(target)?.Length ?? 0)..]);
        }

        return at;
    }

    private static void Push(Stack<string> names, string path)
    {
        var all = path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        for (var i = all.Length - 1; i >= 0; i--)
        {
            if (all[i] != ".")
            {
                names.Push(all[i]);
            }
        }
    }
}
