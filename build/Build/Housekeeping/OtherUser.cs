using System.Globalization;
using ImageBuilder.Processes;

namespace Build.Housekeeping;

/// <summary>
/// A user other than root, with subordinate ids, as whom root can run programs: one of this machine, or else one that exists only for these
/// programs, in a mount namespace of their own.
/// </summary>
public sealed class OtherUser
{
    // Above what adduser and systemd give away, and far below 2^31, which some programs take for negative.
    private const uint MadeUpId = 64_000;
    private const uint MadeUpStart = 1_200_000_000;
    private const uint Subordinates = 65_536;

    // Files of the folder stand in /etc for those that are there, for this program and those it starts.
    private const string Disguise = """mount -t overlay -o "lowerdir=$1:/etc" overlay /etc; shift; exec "$@" """;

    private readonly IReadOnlyList<string> _before;

    private OtherUser(string name, IReadOnlyList<string> before) => (Name, _before) = (name, before);

    public string Name { get; }

    /// <summary>What starts a program as the user.</summary>
    public IReadOnlyList<string> Within => [.. _before, "setpriv", $"--reuid={Name}", $"--regid={Name}", "--init-groups"];

    /// <summary>The words of a command that makes the user the owner of a folder and what is in it.</summary>
    public string[] Owning(string path) => [.. _before, "chown", "-R", $"{Name}:", path];

    /// <summary>Finds one, or makes one up; null where we are not root, or where that user could not start .NET.</summary>
    /// <param name="folder">Gets the files that a made-up user needs.</param>
    public static async Task<OtherUser?> FindAsync(IProgramRunner programs, string folder, CancellationToken cancel)
    {
        if (!Environment.IsPrivilegedProcess || programs.Find("setpriv") is null || programs.Find("newuidmap") is null) return null;
        var user = Found() is { } name ? new OtherUser(name, []) : MakeUp(folder);
        var dotnet = await programs.RunAsync(new Command(user.Within[0], [.. user.Within.Skip(1), "dotnet", "--list-runtimes"]), cancel);
        return dotnet.Succeeded ? user : null;
    }

    // Not root itself, which may have subordinate ids too.
    private static string? Found() => Names("/etc/subuid").Intersect(Names("/etc/subgid"))
        .FirstOrDefault(n => File.ReadLines("/etc/passwd").Any(l => l.Split(':') is [var user, _, not "0", ..] && user == n));

    private static IEnumerable<string> Names(string file) => !File.Exists(file) ? [] : File.ReadLines(file).Select(l => l.Split(':'))
        .Where(f => f.Length == 3 && long.TryParse(f[2], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= Subordinates).Select(f => f[0]);

    private static OtherUser MakeUp(string folder)
    {
        const string name = "imagebuilder-other";
        var files = Directory.CreateDirectory(Path.Combine(folder, "etc")).FullName;
        File.WriteAllText(Path.Combine(files, "passwd"), Extended("passwd", $"{name}:x:{MadeUpId}:{MadeUpId}::/nonexistent:/bin/sh"));
        File.WriteAllText(Path.Combine(files, "group"), Extended("group", $"{name}:x:{MadeUpId}:"));
        foreach (var file in (string[])["subuid", "subgid"])
            File.WriteAllText(Path.Combine(files, file), Extended(file, $"{name}:{MadeUpStart}:{Subordinates}"));
        return new OtherUser(name, ["unshare", "--mount", "bash", "-euc", Disguise, "bash", files]);
    }

    private static string Extended(string file, string line)
    {
        var path = Path.Combine("/etc", file);
        return (File.Exists(path) ? File.ReadAllText(path).TrimEnd('\n') + "\n" : "") + line + "\n";
    }
}
