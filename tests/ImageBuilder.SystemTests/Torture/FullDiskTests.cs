using System.Globalization;
using ImageBuilder.Processes;

namespace ImageBuilder.SystemTests.Torture;

/// <summary>
/// The file system of cache and artifacts runs out of bytes, or of files, a little later each time, so that every stage meets it once: the message
/// names where and what is free, and with more room the next run completes.
/// </summary>
public sealed class FullDiskTests
{
    private const int Kibi = 1024;

    private static readonly ProgramRunner s_programs = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("size", 256 * Kibi, 64 << 20)]
    [InlineData("nr_inodes", 3, 400)]
    public async Task A_full_file_system_is_named_with_its_room_and_the_next_run_works(string limit, int step, int most)
    {
        using var tiny = await TinyRepository.MakeAsync(Cancel);
        Assert.Equal(0, (await tiny.Build.RunAsync("Disk", Cancel)).ExitCode);
        var digest = await DigestAsync(tiny.Build.Artifacts);
        await tiny.ForgetAsync(Cancel);
        var original = tiny.Cache;
        var small = Directory.CreateTempSubdirectory("small-").FullName;
        tiny.Build.Cache = Path.Combine(small, "cache");
        tiny.Build.Switches = [$"--artifacts={small}/artifacts"];
        var used = long.Parse(await TinyRepository.BashAsync(limit == "size" ? """du -s -B 1 "$1" | cut -f 1""" : """du -s --inodes "$1" | cut -f 1""", [original], Cancel),
            CultureInfo.InvariantCulture);
        var failures = 0;
        for (long more = step; more < most; more += TortureScale.InFull ? step : (long)step * 16 + more / 3)
        {
            await TinyRepository.BashAsync("""mount -n -t tmpfs -o "$3" small "$1"; cp -a "$2" "$1" """, [small, original, $"{limit}={used + more}"], Cancel);
            try
            {
                if (await FitsAsync(tiny, small, $"{limit}={used}+{more}")) break;
                failures++;
                await TinyRepository.BashAsync("""mount -n -o remount,size=2g,nr_inodes=100000 "$1" """, [small], Cancel);
                var next = await tiny.Build.RunAsync("Disk", Cancel);
                Assert.True(next.ExitCode == 0, next.Output + next.Error);
                Assert.Equal(digest, await DigestAsync(Path.Combine(small, "artifacts")));
                await tiny.NothingIsLeftAsync(Cancel);
            }
            finally
            {
                await TinyRepository.BashAsync("""umount -l "$1" """, [small], Cancel);
            }
        }

        Directory.Delete(small);
        Assert.InRange(failures, 3, 1000);
    }

    private static async Task<bool> FitsAsync(TinyRepository tiny, string small, string limit)
    {
        var result = await tiny.Build.RunAsync("Disk", Cancel);
        if (result.ExitCode == 0) return true;
        var text = result.Output + result.Error;
        Assert.True(text.Contains(small, StringComparison.Ordinal) && text.Contains(" free", StringComparison.Ordinal)
            && !text.Contains("bug of the image builder", StringComparison.Ordinal), $"{limit}\n{text}");
        return false;
    }

    private static async Task<string> DigestAsync(string artifacts) =>
        (await s_programs.RunAsync(new Command("sha256sum", Path.Combine(artifacts, "faulty/1.0.0/disk.raw")), Cancel)).Output[..64];
}
