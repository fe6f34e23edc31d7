using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Processes;

namespace ImageBuilder.Tests.Formats;

/// <summary>A folder in which tests write disks in formats.</summary>
internal sealed class FormatFolder : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("formats-").FullName;

    public string Raw => At("disk.raw");

    public static Plan Plan { get; } = new()
    {
        Recipe = "web",
        Version = "1.2.3",
        Description = "A web server",
        RecipeFile = "recipes/web/recipe.yml",
        Engine = "local",
        Architecture = "x86_64",
        Parent = new ParentImage("distribution", "debian:12", "debian", "bookworm", [], "parent-key"),
        Disk = new DiskPlan(1 << 20, "ext4", ["bios", "uefi"]),
    };

    public string At(string name) => Path.Combine(Folder, name);

    /// <summary>Writes the raw disk in a format; what the format is made from is written first.</summary>
    public async Task<string> WriteAsync(string format, Plan? plan = null, string? name = null)
    {
        var writer = Format(format);
        var path = At(name ?? $"web-1.2.3{writer.Extension}");
        await writer.WriteAsync(await JobAsync(writer, plan), path, CancellationToken.None);
        return path;
    }

    public async Task<FormatJob> JobAsync(IImageFormat format, Plan? plan = null, IProgramRunner? programs = null)
    {
        var made = new Dictionary<string, string>();
        if (format.MadeFrom is { } source)
        {
            var path = At($"web-1.2.3{Format(source).Extension}");
            made[source] = File.Exists(path) ? path : await WriteAsync(source, plan);
        }

        var disk = new DiskSource(plan ?? Plan, Raw, new FileInfo(Raw).Length, "4f3e2d1c".PadRight(64, '0'), 1_700_000_000);
        return new FormatJob(disk, programs ?? new ProgramRunner(), made, _ => { });
    }

    public static IImageFormat Format(string name) => Catalog<IImageFormat>.All.Single(f => f.Name == name);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
