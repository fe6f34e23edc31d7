using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Contracts;
using ImageBuilder.Engines.Local;
using ImageBuilder.FileSystems;
using ImageBuilder.Layers;
using ImageBuilder.Processes;
using ImageBuilder.Records;
using ImageBuilder.Reports;

namespace ImageBuilder.SystemTests.Forecasting;

/// <summary>
/// The local engine with its real layers, sandbox and seal, but a parent image of some programs of this machine, disks of a megabyte and boots
/// that are only told: so a whole build takes a second.
/// </summary>
/// <param name="tools">Versions of the tools that make disks.</param>
/// <param name="content">What a new parent image has.</param>
internal sealed class QuickEngine(string tools, string content) : IImageEngine
{
    private const string Programs = "bash cat chmod mkdir rm cp mv ln ls sed grep awk find cmp cut tr touch dirname "
        + "basename base64 stat env sort head tail date id chown umount mount setsid mktemp readlink realpath sync wc tee sleep kill rmdir uname chroot hostname ps";

    private readonly LocalEngine _local = new();

    public string Name => _local.Name;

    public bool NeedsThisMachine => true;

    public string? LayerOf(BuildRun run, string key) => _local.LayerOf(run, key);

    public Task<IReadOnlyList<PartFound>> FindPartsAsync(BuildRun run, CancellationToken cancel) => _local.FindPartsAsync(run, cancel);

    public string DiskTools(BuildRun run) => tools;

    public Task<CacheCleaned> CleanAsync(EngineHost host, CacheCleaning what, CancellationToken cancel) => _local.CleanAsync(host, what, cancel);

    public Task<CacheContents> LookAsync(EngineHost host, CancellationToken cancel) => _local.LookAsync(host, cancel);

    public Task<CacheVerified> VerifyAsync(EngineHost host, CancellationToken cancel) => _local.VerifyAsync(host, cancel);

    public async Task<Based> BaseAsync(BuildRun run, CancellationToken cancel)
    {
        using var sandbox = await Sandbox.ForAsync(run, cancel);
        var (chain, reused) = await new LayerMaking(run, sandbox).FindOrMakeAsync("Base", run.Plan.Parent.Reference, run.Plan.Parent.Key, _ => true,
            () => PlantAsync(run, sandbox, cancel), cancel);
        var layer = chain.Top!.Layer; // found or made
        return new Based(run.Plan.Stages.Base, run.Plan.Parent.Key, layer.Epoch, reused, 0) { Layer = layer.Id };
    }

    public Task<Customized> CustomizeAsync(BuildRun run, Based parent, CancellationToken cancel) => _local.CustomizeAsync(run, parent, cancel);

    public async Task<DiskMade> DiskAsync(BuildRun run, Customized customized, CancellationToken cancel)
    {
        var disk = new byte[1 << 20];
        // What the same plan makes of the same content is the same.
        SHA256.HashData(Encoding.UTF8.GetBytes($"{run.Plan.Stages.Disk} {customized.Key}")).CopyTo(disk, 4096);
        await File.WriteAllBytesAsync(Path.Combine(run.Folder, "disk.raw"), disk, cancel);
        var digest = await Verity.OfAsync(Path.Combine(run.Folder, "disk.raw"), cancel);
        return new DiskMade(run.Plan.Stages.Disk, "disk.raw", disk.Length, digest, "uuid", customized.Epoch) { Layer = customized.Layer, Tools = tools };
    }

    public Task<Tested> TestAsync(BuildRun run, DiskMade disk, CancellationToken cancel)
    {
        foreach (var firmware in run.Plan.Disk.Firmware)
            run.Report.Write(new StepFinished("TestImage", $"{firmware}: boots to login prompt", 1, Reused: false, "success"));
        return Task.FromResult(new Tested(run.Plan.Stages.TestImage, disk.Digest, disk.Digest, Passed: true,
            [.. run.Plan.Disk.Firmware.Select(f => new BootTest(f, 1, "console.log", [new TestCase("boots", true, false, 1, 0, "", "")]))]));
    }

    public Task<int> ShellAsync(BuildRun run, ShellRequest request, CancellationToken cancel) => _local.ShellAsync(run, request, cancel);

    public Task<ComponentTried> TryAsync(BuildRun run, TrialSettings settings, CancellationToken cancel) => _local.TryAsync(run, settings, cancel);

    private async Task<LayerChain> PlantAsync(BuildRun run, Sandbox sandbox, CancellationToken cancel)
    {
        await using var session = sandbox.Open(LayerChain.Empty, epoch: 0);
        (await run.Programs.RunAsync(new Command("bash", "-c", $$"""
            set -e; cd "$1"
            mkdir -p usr/bin usr/sbin usr/lib usr/lib64 etc tmp root proc run dev sys var/tmp var/log var/lib boot/efi
            ln -s usr/bin bin; ln -s usr/sbin sbin; ln -s usr/lib lib; ln -s usr/lib64 lib64; ln -s bash usr/bin/sh
            for name in {{Programs}}; do
                program=$(readlink -f "$(type -P $name)"); cp "$program" usr/bin/$name
                ldd "$program" | grep -o '/[^ ]*' | while read -r library; do mkdir -p ".${library%/*}"; cp -n "$library" ".$library" 2>/dev/null || :; done
            done
            printf '#!/bin/bash\nprintf "bash\\t5\\tamd64\\n"\n' >usr/bin/dpkg-query; chmod 755 usr/bin/dpkg-query
            printf '127.0.0.1\tlocalhost\n' >etc/hosts; echo 'root:*:1:0:99999:7:::' >etc/shadow; echo 'root:x:0:0::/root:/bin/bash' >etc/passwd; echo root:x:0: >etc/group
            echo {{run.Plan.Parent.Packages.Count}} {{content}} >etc/packages
            """, "plant", session.Work.Root), cancel)).OrThrow("The tiny parent image could not be made.");
        var made = new NewLayer(run.Plan.Parent.Key, run.Plan.Parent.Reference, run.Plan.SourceDateEpoch ?? 1_700_000_000, 0.1);
        return await sandbox.Store.CommitAsync(session.Work, LayerChain.Empty, made, cancel);
    }
}
