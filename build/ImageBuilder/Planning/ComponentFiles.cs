using ImageBuilder.Model;

namespace ImageBuilder.Planning;

/// <summary>The files of one component version: what steps may copy, and what the component's digest is made of.</summary>
/// <param name="folder">Absolute.</param>
/// <param name="shown">Relative to the repository.</param>
internal sealed class ComponentFiles(string folder, string shown)
{
    private readonly Lazy<IReadOnlyList<string>> _names = new(() =>
    [
        .. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Device })
            .Where(path => IsInside(path, folder))
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ]);

    private readonly Dictionary<string, StepFile> _read = [];

    private string? _digest;

    public IReadOnlyList<string> Names => _names.Value;

    public string PathOf(StepFile file) => Path.Combine(folder, file.Name);

    /// <summary>SHA-256 over names, modes and contents.</summary>
    public string Digest => _digest ??= Digests.Of(["component 1", .. Names.Select(File).SelectMany(f => new[] { f.Name, Digests.Octal(f.Mode), f.Digest })]);

    /// <summary>The files that a path relative to the component names; <c>*</c> in its last element matches any characters.</summary>
    public IReadOnlyList<StepFile> Find(string path)
    {
        var name = Normal(path);
        var cut = name.LastIndexOf('/') + 1;
        return name[cut..].Contains('*', StringComparison.Ordinal)
            ? [.. Names.Where(f => f.LastIndexOf('/') + 1 == cut && f.AsSpan().StartsWith(name.AsSpan(0, cut))
                && System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(name.AsSpan(cut), f.AsSpan(cut), ignoreCase: false)).Select(File)]
            : IsName(name) ? [File(name)] : [];
    }

    // Without looking through the folder: it may be one of a thousand documents.
    private bool IsName(string name)
    {
        var path = Path.Combine(folder, name);
        return name.Split('/').All(part => part is not ("" or "." or "..")) && System.IO.File.Exists(path) && IsInside(path, folder);
    }

    private StepFile File(string name)
    {
        if (_read.TryGetValue(name, out var read)) return read;
        var path = Path.Combine(folder, name);
        return _read[name] = new StepFile(name, $"{shown}/{name}", Digests.OfFile(path), Mode(path)) { Size = new FileInfo(path).Length };
    }

    /// <summary>The path as the names in <see cref="Names"/> are written: without <c>./</c>.</summary>
    public static string Normal(string path)
    {
        while (path.StartsWith("./", StringComparison.Ordinal)) path = path[2..];
        return path;
    }

    // A link that leads out of the component would make its digest depend on the machine.
    private static bool IsInside(string path, string folder) =>
        System.IO.File.ResolveLinkTarget(path, returnFinalTarget: true) is not { } target
        || (target.Exists && target.FullName.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal));

    // Version control keeps nothing of the mode but "executable"; the rest is the umask of whoever cloned.
    private static int Mode(string path) =>
        !OperatingSystem.IsWindows() && System.IO.File.GetUnixFileMode(path).HasFlag(UnixFileMode.UserExecute) ? Convert.ToInt32("755", 8) : Convert.ToInt32("644", 8);
}
