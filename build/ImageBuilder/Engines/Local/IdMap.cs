using System.Globalization;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace ImageBuilder.Engines.Local;

/// <summary>
/// Which ids exist in a user namespace and what they are outside: for root every id is itself, for an ordinary user root is the user and the
/// rest are the subordinate ids.
/// </summary>
public sealed class IdMap
{
    /// <summary>Ids that a distribution needs: system users, ordinary users, and <c>nobody</c> (65534).</summary>
    private const long Needed = 65536;

    private readonly (long Start, long Count)? _uids;
    private readonly (long Start, long Count)? _gids;
    private readonly uint _uid;
    private readonly uint _gid;

    private IdMap(uint uid, uint gid, (long, long)? uids, (long, long)? gids) => (_uid, _gid, _uids, _gids) = (uid, gid, uids, gids);

    /// <summary>As text: files of one map make no sense under another one.</summary>
    public string Text => _uids is { } uids && _gids is { } gids
        ? string.Create(CultureInfo.InvariantCulture, $"{_uid}+{uids.Start} {_gid}+{gids.Start}")
        : "identity";

    /// <summary>Ids outside as they are inside; those that are not mapped stay what they are.</summary>
    public (uint Uid, uint Gid) Inside(uint uid, uint gid) => (Inside(uid, _uid, _uids), Inside(gid, _gid, _gids));

    /// <summary>What newuidmap and newgidmap take after the process, with a slash between; empty where each id is itself.</summary>
    public string Arguments => _uids is { } uids && _gids is { } gids
        ? string.Create(CultureInfo.InvariantCulture, $"0 {_uid} 1 1 {uids.Start} {uids.Count}/0 {_gid} 1 1 {gids.Start} {gids.Count}")
        : "";

    /// <summary>The map of the current user. Missing subordinate ids are a problem with the command that grants them.</summary>
    public static IdMap Current()
    {
        if (Environment.IsPrivilegedProcess) return new IdMap(0, 0, null, null);
        var (uid, gid) = (EffectiveId("Uid:"), EffectiveId("Gid:"));
        return new IdMap(uid, gid, Subordinate("/etc/subuid", uid), Subordinate("/etc/subgid", uid));
    }

    /// <summary>Gives the namespace of process <paramref name="id"/> its ids.</summary>
    public async Task ApplyAsync(IProgramRunner programs, int id, CancellationToken cancel)
    {
        var process = id.ToString(CultureInfo.InvariantCulture);
        if (_uids is { } uids && _gids is { } gids)
        {
            (await programs.RunAsync(Mapping("newuidmap", process, _uid, uids), cancel)).OrThrow(
                "The subordinate user ids could not be used.", ExitCode.Prerequisites, "Reinstall the package uidmap: newuidmap must be setuid root.");
            (await programs.RunAsync(Mapping("newgidmap", process, _gid, gids), cancel)).OrThrow(
                "The subordinate group ids could not be used.", ExitCode.Prerequisites, "Reinstall the package uidmap: newgidmap must be setuid root.");
            return;
        }

        await File.WriteAllTextAsync($"/proc/{process}/uid_map", Identity("/proc/self/uid_map"), cancel);
        await File.WriteAllTextAsync($"/proc/{process}/gid_map", Identity("/proc/self/gid_map"), cancel);
    }

    internal static Command Mapping(string program, string process, uint own, (long Start, long Count) subordinate) => new(program, process,
        "0", own.ToString(CultureInfo.InvariantCulture), "1",
        "1", subordinate.Start.ToString(CultureInfo.InvariantCulture), subordinate.Count.ToString(CultureInfo.InvariantCulture));

    /// <summary>Finds the range of a user in the text of /etc/subuid or /etc/subgid: <c>name-or-id:start:count</c>.</summary>
    internal static (long Start, long Count)? Range(string text, string name, uint id) => text.Split('\n')
        .Select(line => line.Trim().Split(':'))
        .Where(f => f.Length == 3 && (f[0] == name || f[0] == id.ToString(CultureInfo.InvariantCulture)))
        .Select(f => long.TryParse(f[1], CultureInfo.InvariantCulture, out var start) && long.TryParse(f[2], CultureInfo.InvariantCulture, out var count)
            ? (start, count) : default)
        .Where(r => r.count >= Needed)
        .Select(r => ((long, long)?)(r.start, Needed))
        .FirstOrDefault();

    private static uint Inside(uint id, uint own, (long Start, long Count)? range) => range is not { } r ? id : id == own ? 0
        : id >= r.Start && id < r.Start + r.Count ? (uint)(id - r.Start + 1) : id;

    private static (long, long) Subordinate(string file, uint id)
    {
        var name = Environment.UserName;
        var kind = file.EndsWith("uid", StringComparison.Ordinal) ? "uids" : "gids";
        return Range(File.Exists(file) ? File.ReadAllText(file) : "", name, id) ?? throw new ProblemException(ExitCode.Prerequisites, new Problem("IB4112",
            $"The user `{name}` has no subordinate ids in {file}.",
            $"A build as an ordinary user needs {Needed} of them for the owners of the image's files.",
            $"Run `sudo usermod --add-sub{kind} 100000-165535 {name}` (choose a range that nobody else has there), or build as root."));
    }

    // Ids that the machine, or the container we are in, has at all: each stands for itself.
    private static string Identity(string file) => string.Concat(File.ReadAllLines(file)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(f => $"{f[0]} {f[0]} {f[2]}\n"));

    private static uint EffectiveId(string field) => uint.Parse(
        File.ReadAllLines("/proc/self/status").First(l => l.StartsWith(field, StringComparison.Ordinal)).Split('\t')[2], CultureInfo.InvariantCulture);
}
