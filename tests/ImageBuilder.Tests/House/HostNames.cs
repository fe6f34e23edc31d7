using System.Text.RegularExpressions;

namespace ImageBuilder.Tests.House;

/// <summary>Where packages come from is the machine's business: no committed file knows it.</summary>
public sealed partial class HostNames
{
    private static readonly string[] s_configuration = ["/etc/apt", "/etc/pip.conf", "/root/.nuget/NuGet", "/etc/npmrc"];

    [Fact]
    public void No_committed_file_names_a_mirror_or_registry_of_this_machine()
    {
        var hosts = s_configuration.SelectMany(FilesOf).SelectMany(HostsIn).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        Rule.HasNoBreaches(Repository.Files.SelectMany(file =>
        {
            var text = Repository.Text(file);
            return hosts.Where(host => text.Contains(host, StringComparison.OrdinalIgnoreCase))
                .Select(_ => $"{file} names a host of this machine's set-up");
        }));
    }

    private static IEnumerable<string> FilesOf(string path) => File.Exists(path) ? [path]
        : Directory.Exists(path) ? Directory.EnumerateFiles(
        path, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true })
        : [];

    private static IEnumerable<string> HostsIn(string file)
    {
        if (new FileInfo(file).Length > 100_000) return [];
        try
        {
            return [.. Host().Matches(File.ReadAllText(file)).Select(m => m.Groups["host"].Value)];
        }
        catch (UnauthorizedAccessException)
        {
            return [];
        }
    }

    [GeneratedRegex(@"https?://(?:[^/\s@""]+@)?(?<host>[\w-]+(\.[\w-]+)+)")]
    private static partial Regex Host();
}
