using Cake.Frosting;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Prerequisites;
using ImageBuilder.Problems;
using ImageBuilder.Publishing;
using ImageBuilder.Reports;

namespace Build.Housekeeping;

[TaskName("ExportImage"), TaskDescription("Make files (--output=) of an AMI (--image=, --bucket=) by VM Import/Export, also in formats that it does not have")]
public sealed class ExportImageTask : TargetTask
{
    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        var options = session.Options;
        if (options.Cloud is not { Image: { } image, Bucket: { } bucket }) throw new ProblemException(ExitCode.Usage, new Problem("IB8425",
            "ExportImage needs an image and a bucket.", "AWS writes the disk to a bucket, from which it is fetched and then removed.",
            "Write `./build.sh --target=ExportImage --image=ami-0123456789abcdef0 --bucket=NAME --output=qcow2`."));
        var formats = Catalog<IImageFormat>.All.Select(f => f.Name).ToList();
        if (options.Outputs.FirstOrDefault(o => !formats.Contains(o)) is { } unknown) throw new ProblemException(ExitCode.Usage, new Problem("IB8426",
            $"There is no format `{unknown}`.", $"Formats: {string.Join(", ", formats.Order(StringComparer.Ordinal))}.", Suggestion.Fix(unknown, formats)));
        var report = session.Console.For(image, "");
        await session.Ports.EnsureTools(new HostNeeds(["Export"], []), report, !options.NoInstall, cancel);
        var folder = Directory.CreateDirectory(Path.Combine(options.Artifacts, "exports", image)).FullName;
        var run = new BuildRun(PlanOf(image, options.Outputs.Count > 0 ? options.Outputs : ["vmdk"]), folder,
            new EngineSettings(options.Repository, options.Cache, options.Mirror), session.Ports.Programs, session.Ports.Clock, report)
        {
            Clouds = session.Clouds,
        };
        var made = await new MachineExport(session.CloudRegion, run, session.Console.Line).RunAsync(image, bucket, cancel);
        session.Close($"Made of {image}:");
        session.Close(made.Select(a => $"  {options.Show(Path.Combine(folder, a.File))} {Figures.Size(a.Allocated)}  sha256 {a.Sha256}"));
    }

    // What files are named by, and what an OVF file says of the machine.
    private static Plan PlanOf(string image, IReadOnlyList<string> outputs) => new()
    {
        Recipe = image,
        Version = "1.0.0",
        RecipeFile = "",
        Engine = "aws",
        Architecture = "x86_64",
        Parent = new ParentImage("cloud", image, "", "", [], ""),
        Disk = new DiskPlan(0, "", ["bios", "uefi"]),
        Outputs = outputs,
    };
}
