using System.Globalization;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Records;

namespace ImageBuilder.Engines.Local;

/// <summary>
/// Runs a bash script that finds the tree to make a disk of at <c>$TREE</c>, with the owners that the image shall have. It also sees the
/// host's files and programs.
/// </summary>
public delegate Task<ProgramResult> RunOnTree(string script, IReadOnlyList<string> arguments, CancellationToken cancel);

/// <summary>Writes the root file system into its place on a disk.</summary>
public sealed class RootFileSystem(RunOnTree runOnTree)
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

    private const int TooLarge = 3;
    private const int NoRoom = 4;
    private const long MiB = 1 << 20;

    /// <param name="disk">The file to write into.</param>
    /// <param name="folder">Where the disk will lie: there must be room for the content.</param>
    public async Task WriteAsync(Plan plan, string disk, string folder, DiskLayout layout, DiskIds ids, long epoch, CancellationToken cancel)
    {
        var configuration = $"{disk}.mke2fs.conf";
        await File.WriteAllTextAsync(configuration, Configuration, cancel);
        // mke2fs takes 0 for "not given".
        string[] arguments = [disk, Text(DiskLayout.RootOffset), Text(layout.RootBlocks), Text(layout.ContentBlocks), $"{ids.Root}", $"{ids.Hash}",
            configuration, Text(Math.Max(epoch, 1)), folder];
        var result = await runOnTree(EmbeddedScript.Text("Engines/Local/rootfs.sh"), arguments, cancel);
        if (result.Succeeded) return;
        var content = Content.From(result.Output);
        throw result.ExitCode == TooLarge || result.Error.Contains("Could not allocate", StringComparison.Ordinal) ? TooSmall(plan, layout, content)
            : result.ExitCode == NoRoom || result.Error.Contains("No space left", StringComparison.Ordinal) ? Full(folder, null)
            : Failed(result);
    }

    private static ProblemException TooSmall(Plan plan, DiskLayout layout, Content content)
    {
        var needed = DiskLayout.SizeFor(content.Blocks, content.Inodes);
        return new ProblemException(ExitCode.BuildFailed, new Problem("IB5001",
            $"The disk of {layout.Size / MiB} MiB is smaller than its content.",
            $"{content.Inodes} files and folders take {content.MiB} MiB; with boot loader and the file system's own data that needs {needed / MiB} MiB.",
            $"Set `size: {needed / MiB}MiB` or more under `disk:` in the recipe.", new Place(plan.RecipeFile)));
    }

    public static ProblemException Full(string folder, Exception? cause) => new(ExitCode.BuildFailed, new Problem("IB5002",
        "The artifacts folder's file system has no room for the disk.",
        $"{Room.Of(folder)} are free in `{folder}`.",
        "Free some space there or choose another folder with --artifacts=."), cause);

    private static ProblemException Failed(ProgramResult result) => new(ExitCode.BuildFailed, new Problem("IB5004",
        "The root file system could not be made.", $"mke2fs ended with exit code {result.ExitCode}.\n{result.Error}".Trim(),
        "Run `./build.sh --target=Doctor`: mke2fs 1.46.5 or later is needed."));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>What rootfs.sh measured, in blocks of 4 KiB.</summary>
    private sealed record Content(long Blocks, long Inodes)
    {
        public long MiB => Blocks * DiskLayout.BlockSize / RootFileSystem.MiB;

        public static Content From(string output)
        {
            var words = output.Split('\n').Select(l => l.Split(' ')).FirstOrDefault(w => w is ["content", _, _]);
            return words is null ? new Content(0, 0) : new Content(Number(words[1]), Number(words[2]));
        }

        private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
    }
}
