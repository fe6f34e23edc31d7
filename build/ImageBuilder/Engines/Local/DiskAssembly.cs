using ImageBuilder.Model;
using ImageBuilder.Processes;
using ImageBuilder.Records;

namespace ImageBuilder.Engines.Local;

/// <summary>Makes the raw disk of a tree: without devices, without mounting, and for one plan, tree and epoch always the same bytes.</summary>
public sealed class DiskAssembly(IProgramRunner programs, RunOnTree runOnTree)
{
    public const string FileName = "disk.raw";

    /// <param name="folder">Where the disk is written: to a temporary name first, so that there is a whole disk or none.</param>
    public async Task<DiskMade> MakeAsync(Plan plan, long epoch, string folder, CancellationToken cancel)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            using var beside = ScratchFolder.In(folder);
            using var memory = ScratchFolder.InMemory(plan.Disk.Size);
            var made = await MakeInAsync((memory ?? beside).Path, folder, plan, epoch, cancel);
            var finished = Path.Combine(beside.Path, FileName);
            // Both only read what is in memory: the digest takes one core, the copy another.
            var copy = memory is null ? Task.CompletedTask : SparseFile.CopyAsync(made, finished, cancel);
            var sha256 = await SparseFile.Sha256Async(made, cancel);
            await copy;
            File.Move(finished, path, overwrite: true);
            return new DiskMade(plan.Stages.Disk, FileName, plan.Disk.Size, sha256, DiskIds.From(plan.Stages.Disk).Root.ToString(), epoch);
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

    /// <returns>Path of the disk.</returns>
    private async Task<string> MakeInAsync(string work, string folder, Plan plan, long epoch, CancellationToken cancel)
    {
        var (ids, layout) = (DiskIds.From(plan.Stages.Disk), new DiskLayout(plan.Disk.Size));
        var disk = Path.Combine(work, FileName);
        using (var file = File.OpenHandle(disk, FileMode.Create, FileAccess.Write)) RandomAccess.SetLength(file, layout.Size);
        // Both write into the same file, but not at the same places.
        await Task.WhenAll(
            new RootFileSystem(runOnTree).WriteAsync(plan, disk, folder, layout, ids, epoch, cancel),
            MakeBootableAsync(disk, work, layout, ids, epoch, cancel));
        using (var file = File.OpenHandle(disk, FileMode.Open, FileAccess.ReadWrite)) Ext4Times.Mend(file, DiskLayout.RootOffset, epoch);
        return disk;
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
