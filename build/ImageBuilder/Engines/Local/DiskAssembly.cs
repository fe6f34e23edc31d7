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
        var work = Path.Combine(folder, $".disk.{Environment.ProcessId}");
        try
        {
            Directory.CreateDirectory(work);
            return await MakeInAsync(work, plan, epoch, Path.Combine(folder, FileName), cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Unwritable(Path.Combine(folder, FileName), e);
        }
        finally
        {
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        }
    }

    private async Task<DiskMade> MakeInAsync(string work, Plan plan, long epoch, string path, CancellationToken cancel)
    {
        var (ids, layout) = (DiskIds.From(plan.Digest), new DiskLayout(plan.Disk.Size));
        var disk = Path.Combine(work, FileName);
        using (var file = File.OpenHandle(disk, FileMode.Create, FileAccess.Write)) RandomAccess.SetLength(file, layout.Size);
        // Both write into the same file, but not at the same places.
        await Task.WhenAll(
            new RootFileSystem(runOnTree).WriteAsync(plan, disk, layout, ids, epoch, cancel),
            MakeBootableAsync(disk, work, layout, ids, epoch, cancel));
        using (var file = File.OpenHandle(disk, FileMode.Open, FileAccess.ReadWrite)) Ext4Times.Mend(file, DiskLayout.RootOffset, epoch);
        var sha256 = await SparseFile.Sha256Async(disk, cancel);
        File.Move(disk, path, overwrite: true);
        return new DiskMade(plan.Digest, FileName, layout.Size, sha256, ids.Root.ToString(), epoch);
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
