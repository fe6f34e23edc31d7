using ImageBuilder.FileSystems;
using ImageBuilder.Model;
using ImageBuilder.Processes;
using ImageBuilder.Records;

namespace ImageBuilder.Engines.Local;

/// <summary>Makes the raw disk of a tree: without devices, without mounting, and for one plan, tree and epoch always the same bytes.</summary>
public sealed class DiskAssembly(IProgramRunner programs)
{
    public const string FileName = "disk.raw";

    // Boot loaders, partition tables, an empty file system.
    private const long SmallParts = 64 << 20;

    /// <param name="folder">Where the disk is written: to a temporary name first, so that there is a whole disk or none.</param>
    public async Task<DiskMade> MakeAsync(Plan plan, IReadOnlyList<TreeNode> tree, long epoch, string folder, CancellationToken cancel)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            using var beside = ScratchFolder.In(folder);
            var made = Path.Combine(beside.Path, FileName);
            await MakeAsync(made, folder, plan, tree, epoch, cancel);
            var digest = await Verity.OfAsync(made, cancel);
            // Some file systems write all of a file at once when it takes another one's name.
            File.Delete(path);
            File.Move(made, path);
            return new DiskMade(plan.Stages.Disk, FileName, plan.Disk.Size, digest, DiskIds.From(plan.Stages.Disk).Root.ToString(), epoch);
        }
        catch (IOException e) when (Room.IsFull(e))
        {
            throw RootFileSystem.Full(folder, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Unwritable(path, e);
        }
    }

    private async Task MakeAsync(string disk, string folder, Plan plan, IReadOnlyList<TreeNode> tree, long epoch, CancellationToken cancel)
    {
        var (ids, layout) = (DiskIds.From(plan.Stages.Disk), new DiskLayout(plan.Disk.Size));
        // What programs of others make is small, and they wait for storage that is busy with other things.
        using var scratch = ScratchFolder.InMemory(SmallParts) ?? ScratchFolder.In(folder);
        var boot = Path.Combine(scratch.Path, "boot.raw");
        foreach (var path in (string[])[disk, boot])
            using (var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write)) RandomAccess.SetLength(file, layout.Size);
        await Task.WhenAll(
            new RootFileSystem(programs, scratch.Path).WriteAsync(plan, disk, folder, layout, ids, epoch, tree, cancel),
            MakeBootableAsync(boot, scratch.Path, layout, ids, epoch, cancel));
        await Holes.CopyDataAsync(boot, disk, cancel);
    }

    private async Task MakeBootableAsync(string disk, string work, DiskLayout layout, DiskIds ids, long epoch, CancellationToken cancel)
    {
        var table = new Command("sfdisk", "-q", "--no-reread", "--no-tell-kernel", "--wipe", "never", disk) { Input = layout.PartitionTable(ids) };
        (await programs.RunAsync(table, cancel)).OrThrow("The partition table could not be written.");
        var loader = new BootLoader(programs);
        await loader.EmbedBiosAsync(disk, work, ids, cancel);
        await loader.MakeEspAsync(disk, work, ids, epoch, cancel);
    }
}
