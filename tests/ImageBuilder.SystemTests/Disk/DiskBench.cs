using ImageBuilder.Engines.Local;
using ImageBuilder.Layers;
using ImageBuilder.Model;
using ImageBuilder.Processes;
using ImageBuilder.Records;

namespace ImageBuilder.SystemTests.Disk;

/// <summary>A folder in which disks are made of trees that a test wrote itself.</summary>
public sealed class DiskBench : IDisposable
{
    public const long Epoch = 1_700_000_000;

    private readonly DirectoryInfo _folder = Directory.CreateDirectory(Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"imagebuilder-disk-{Guid.NewGuid():N}"));

    public DiskBench()
    {
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "layer", "root"));
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "tree"), "layer/root");
    }

    public ProgramRunner Programs { get; } = new();

    public string Disk => Path.Combine(Folder("out"), DiskAssembly.FileName);

    public string Folder(string name) => Directory.CreateDirectory(Path.Combine(_folder.FullName, name)).FullName;

    public static Plan Plan(long sizeMiB, string digest = "d1") => new()
    {
        Recipe = "web",
        Version = "1.0.0",
        RecipeFile = "recipes/web/recipe.yml",
        Engine = "local",
        Architecture = "x86_64",
        Parent = new("distribution", "debian:12", "debian", "bookworm", [], ""),
        Disk = new(sizeMiB << 20, "ext4", ["bios", "uefi"]),
        Digest = digest,
    };

    /// <summary>A disk of what lies in the folder <c>tree</c>.</summary>
    public async Task<DiskMade> MakeAsync(Plan plan, CancellationToken cancel, string folder = "out")
    {
        var layer = new Layer
        {
            Key = "",
            Id = "",
            What = "",
            Status = "success",
            ExitCode = 0,
            Epoch = Epoch,
            Created = default,
            Seconds = 0,
            Entries = 0,
            Bytes = 0,
            Manifest = "",
            Owner = "",
        };
        var trees = new LayerTrees(new UserNamespace(Programs, IdMap.Current(), TimeProvider.System));
        using var tree = await ChainTree.OpenAsync(new LayerChain([new StoredLayer(layer, Folder("layer"))]), trees, Folder("scratch"), cancel);
        return await new DiskAssembly(Programs).MakeAsync(plan, tree.Nodes, Epoch, Folder(folder), cancel);
    }

    public async Task<string> BashAsync(string script, CancellationToken cancel)
    {
        var result = await Programs.RunAsync(new Command("bash", "-c", script + " 2>&1") { WorkingDirectory = _folder.FullName }, cancel);
        return $"{result.Output}{(result.ExitCode == 0 ? "" : $"exit {result.ExitCode}\n")}";
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
