using ImageBuilder.FileSystems;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Records;
using Microsoft.Win32.SafeHandles;

namespace ImageBuilder.Engines.Local;

/// <summary>Writes the root file system into its place on a disk: mke2fs makes an empty one, which is then filled.</summary>
/// <param name="scratch">A folder for the empty one.</param>
public sealed class RootFileSystem(IProgramRunner programs, string scratch)
{
    // Ours, so that the result does not depend on the building machine's /etc/mke2fs.conf.
    private const string Configuration = """
        [defaults]
            base_features = ext_attr,dir_index,filetype,resize_inode,sparse_super,large_file
            default_mntopts = acl,user_xattr
            enable_periodic_fsck = 0
            blocksize = 4096
            inode_size = 256
            inode_ratio = 16384
        [fs_types]
            ext4 = {
                features = has_journal,extent,huge_file,flex_bg,metadata_csum,64bit,dir_nlink,extra_isize
            }

        """;

    private const long MiB = 1 << 20;

    /// <param name="disk">The file to write into.</param>
    /// <param name="folder">Where the disk will lie: there must be room for the content.</param>
    /// <param name="tree">What it shall hold.</param>
    public async Task WriteAsync(
        Plan plan, string disk, string folder, DiskLayout layout, DiskIds ids, long epoch, IReadOnlyList<TreeNode> tree, CancellationToken cancel)
    {
        var content = await ContentOfAsync(tree, cancel);
        if (content.Blocks > layout.ContentBlocks) throw TooSmall(plan, layout, content);
        if (content.Blocks > Room.Of(folder).Bytes / DiskLayout.BlockSize) throw Full(folder, null);
        var empty = Path.Combine(scratch, "root.raw");
        await MakeEmptyAsync(empty, layout, ids, epoch, content.Inodes, cancel);
        await Holes.CopyDataAsync(empty, disk, cancel);
        using var file = File.OpenHandle(disk, FileMode.Open, FileAccess.ReadWrite);
        var writer = WriterOf(file, epoch);
        if (!writer.Fits(content)) throw TooSmall(plan, layout, content);
        await Task.Run(() => writer.Write(content, cancel), cancel);
    }

    private static async Task<Ext4Content> ContentOfAsync(IReadOnlyList<TreeNode> tree, CancellationToken cancel)
    {
        try
        {
            return await Task.Run(() => Ext4Content.Of(tree, cancel), cancel);
        }
        catch (InvalidDataException e)
        {
            throw new ProblemException(ExitCode.BuildFailed, new Problem("IB5005", "A file does not fit into an ext4 file system.", e.Message,
                "Let a step remove attributes that nobody needs: `setfattr -x NAME FILE`."), e);
        }
    }

    private static Ext4Writer WriterOf(SafeFileHandle disk, long epoch)
    {
        try
        {
            return new Ext4Writer(disk, DiskLayout.RootOffset, epoch);
        }
        catch (InvalidDataException e)
        {
            throw Failed(e.Message, e);
        }
    }

    private async Task MakeEmptyAsync(string disk, DiskLayout layout, DiskIds ids, long epoch, long inodes, CancellationToken cancel)
    {
        using (var file = File.OpenHandle(disk, FileMode.Create, FileAccess.Write)) RandomAccess.SetLength(file, layout.Size);
        var configuration = Path.Combine(scratch, "mke2fs.conf");
        await File.WriteAllTextAsync(configuration, Configuration, cancel);
        // One inode for each 16 KiB, and always a quarter more than there are files.
        var wanted = Math.Max(inodes + inodes / 4 + 1024, layout.RootBlocks / 4);
        var options = $"offset={DiskLayout.RootOffset},hash_seed={ids.Hash},root_owner=0:0,assume_storage_prezeroed=1,nodiscard";
        var result = await programs.RunAsync(new Command("mke2fs", "-q", "-F", "-t", "ext4", "-L", "root", "-m", "1", "-U", $"{ids.Root}", "-N", $"{wanted}",
            "-E", options, disk, $"{layout.RootBlocks * 4}k")
        {
            // mke2fs takes 0 for "not given".
            Environment = new Dictionary<string, string> { ["MKE2FS_CONFIG"] = configuration, ["E2FSPROGS_FAKE_TIME"] = $"{Math.Max(epoch, 1)}" },
        }, cancel);
        if (result.Succeeded) return;
        throw result.Error.Contains("No space left", StringComparison.Ordinal) ? Full(scratch, null)
            : Failed($"mke2fs ended with exit code {result.ExitCode}.\n{result.Error}".Trim(), null);
    }

    private static ProblemException TooSmall(Plan plan, DiskLayout layout, Ext4Content content)
    {
        var needed = DiskLayout.SizeFor(content.Blocks, content.Inodes);
        return new ProblemException(ExitCode.BuildFailed, new Problem("IB5001",
            $"The disk of {layout.Size / MiB} MiB is smaller than its content.",
            $"{content.Inodes} files and folders take {content.Blocks * DiskLayout.BlockSize / MiB} MiB; "
            + $"with boot loader and the file system's own data that needs {needed / MiB} MiB.",
            $"Set `size: {needed / MiB}MiB` or more under `disk:` in the recipe.", new Place(plan.RecipeFile)));
    }

    public static ProblemException Full(string folder, Exception? cause) => new(ExitCode.BuildFailed, new Problem("IB5002",
        "The artifacts folder's file system has no room for the disk.",
        $"{Room.Of(folder)} are free in `{folder}`.",
        "Free some space there or choose another folder with --artifacts=."), cause);

    private static ProblemException Failed(string why, Exception? cause) => new(ExitCode.BuildFailed, new Problem("IB5004",
        "The root file system could not be made.", why, "Run `./build.sh --target=Doctor`: mke2fs 1.46.5 or later is needed."), cause);
}
