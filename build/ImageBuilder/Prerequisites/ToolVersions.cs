using System.Reflection;
using ImageBuilder.Processes;
using ImageBuilder.Records;

namespace ImageBuilder.Prerequisites;

/// <summary>Versions of the tools as the package manager knows them: one question for all, exact to the patch.</summary>
public static class ToolVersions
{
    /// <summary>Our own name and version.</summary>
    public static ToolVersion Ours { get; } = new("ImageBuilderBuild",
        typeof(ToolVersions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "");

    /// <summary>What makes the bytes of images: for locks.</summary>
    /// <remarks>Of ours without what follows the plus sign, the commit: it changes with every recipe.</remarks>
    public static async Task<IReadOnlyList<ToolVersion>> ListShapingAsync(IProgramRunner programs, CancellationToken cancel)
    {
        var versions = await ReadAsync(programs, cancel);
        return
        [
            Ours with { Version = Ours.Version.Split('+')[0] },
            .. Preflight.Packages(HostTools.All.Where(t => t.ShapesImage)).Where(versions.ContainsKey).Select(p => new ToolVersion(p, versions[p])),
        ];
    }

    /// <summary>The command that prints a line <c>package status version</c> for each package.</summary>
    public static Command Query(IEnumerable<string> packages) =>
        new("dpkg-query", ["--show", "--showformat=${Package} ${db:Status-Status} ${Version}\\n", .. packages]);

    /// <summary>Version by package; packages that are not installed are not in it. Empty where there is no dpkg.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> ReadAsync(IProgramRunner programs, CancellationToken cancel)
    {
        if (programs.Find("dpkg-query") is null) return new Dictionary<string, string>();

        // It also fails for packages that it has never heard of, after having printed the others.
        var result = await programs.RunAsync(Query(Preflight.Packages(HostTools.All)), cancel);
        return result.Output.Split('\n').Select(line => line.Split(' ')).Where(fields => fields is [_, "installed", _])
            .ToDictionary(fields => fields[0], fields => fields[2]);
    }

    /// <summary>What a manifest lists: our program, then the packages of all tools.</summary>
    public static async Task<IReadOnlyList<ToolVersion>> ListAsync(IProgramRunner programs, CancellationToken cancel)
    {
        var versions = await ReadAsync(programs, cancel);
        return [Ours, .. versions.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => new ToolVersion(v.Key, v.Value))];
    }
}
