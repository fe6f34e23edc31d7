using ImageBuilder.Processes;

namespace Bench;

/// <summary>The repository's files in a temporary folder: measuring neither uses nor changes what is in the repository.</summary>
internal sealed class ScratchCopy : IDisposable
{
    private readonly DirectoryInfo _folder = Scratch.OnDisk();

    /// <summary>The copied repository.</summary>
    public string Root => Path.Combine(_folder.FullName, "repository");

    public string Cache => Path.Combine(_folder.FullName, "cache");

    public string Artifacts => Path.Combine(_folder.FullName, "artifacts");

    /// <summary>Copies what git would: its files and new ones, but nothing that it ignores.</summary>
    public static async Task<ScratchCopy> MakeAsync(IProgramRunner programs, string repository, CancellationToken cancel)
    {
        await Scratch.RemoveLeftoversAsync(programs, cancel);
        var copy = new ScratchCopy();
        var list = new Command("git", "ls-files", "--cached", "--others", "--exclude-standard") { WorkingDirectory = repository };
        var files = (await programs.RunAsync(list, cancel)).OrThrow("The files of the repository cannot be listed.").Output;
        foreach (var file in files.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var source = Path.Combine(repository, file);
            if (!File.Exists(source)) continue; // removed, and git does not know yet
            var target = Path.Combine(copy.Root, file);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!); // below the copy's root
            File.Copy(source, target);
        }

        return copy;
    }

    /// <summary>Writes a file of the repository.</summary>
    public void Write(string file, string text)
    {
        var path = Path.Combine(Root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // below the copy's root
        File.WriteAllText(path, text);
    }

    /// <summary>Replaces a text that must be in a file.</summary>
    public void Edit(string file, string old, string @new)
    {
        var path = Path.Combine(Root, file);
        var text = File.ReadAllText(path);
        if (!text.Contains(old, StringComparison.Ordinal)) throw new InvalidOperationException($"{file} has no `{old}` to edit.");
        File.WriteAllText(path, text.Replace(old, @new, StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
