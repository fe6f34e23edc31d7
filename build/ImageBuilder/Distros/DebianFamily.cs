using ImageBuilder.Contracts;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace ImageBuilder.Distros;

/// <summary>What Debian and Ubuntu have in common: releases by code name, and package sources taken from the host's own apt configuration.</summary>
public abstract class DebianFamily : IDistribution
{
    // Room for the packages, what they hold unpacked, and the indexes, with a margin.
    private const long RoomNeeded = 1_200_000_000;

    private static readonly string s_state = EmbeddedScript.Text("Distros/debian-state.sh");
    private static readonly string s_install = EmbeddedScript.Text("Distros/debian-install.sh");
    private static readonly string s_finish = EmbeddedScript.Text("Distros/debian-finish.sh");

    public abstract string Name { get; }

    public abstract IReadOnlyDictionary<string, string> Releases { get; }

    /// <summary>Keyring that the archive's signatures are checked with where a source names none.</summary>
    public abstract string Keyring { get; }

    /// <summary>The package that brings <see cref="Keyring"/>.</summary>
    public abstract string KeyringPackage { get; }

    /// <summary>Where apt's configuration is read: tests point it elsewhere.</summary>
    public string AptFolder { get; init; } = AptConfiguration.HostFolder;

    /// <summary>Component that every source of the distribution has.</summary>
    protected static string MainComponent => "main";

    public abstract IReadOnlyList<string> BasePackages(string release, string architecture);

    public string BootstrapInputs(string release, string architecture) =>
        string.Join('\n', HostSources(release).Select(source => source.ToString()).Prepend(s_install + s_finish));

    public Bootstrap Bootstrap(string release, string architecture, string? mirror) =>
        new(string.Concat(Sources(release, mirror).Select(source => source + "\n")), s_install, s_finish, RoomNeeded) { State = s_state };

    public Problem? Explain(string release, string output) => AptFailure.Explain(Name, release, output);

    public string SealScript { get; } = EmbeddedScript.Text("Distros/debian-seal.sh");

    public string PackagesScript { get; } = EmbeddedScript.Text("Distros/debian-packages.sh");

    /// <summary>The sources to bootstrap from, in the one-line style.</summary>
    /// <param name="mirror">
    /// Replaces the host's own: a URI, or two with a comma between (the second one is the security archive, where that is apart as Debian's is).
    /// </param>
    public IReadOnlyList<AptSource> Sources(string release, string? mirror)
    {
        var sources = mirror is null ? HostSources(release) : MirrorSources(release, mirror);
        if (sources.Count == 0)
            throw new ProblemException(ExitCode.Prerequisites, new Problem("IB4001", $"There is no package source for {Name} {release}.",
                $"The apt configuration in {AptFolder} has no entry of the {Name} archive, and no mirror was given.",
                $"Add --mirror=<URI of a {Name} mirror>, or set IMAGEBUILDER_MIRROR."));
        if (sources.FirstOrDefault(s => s is { Trusted: false, SignedBy: { } file } && !File.Exists(file)) is { } unsigned)
            throw new ProblemException(ExitCode.Prerequisites, new Problem("IB4002", $"The keyring {unsigned.SignedBy} does not exist.",
                $"The signatures of the {Name} archive are checked with it.", $"Run: apt-get install {KeyringPackage}"));
        return sources;
    }

    /// <summary>Suites of a mirror that holds the whole archive.</summary>
    protected abstract IReadOnlyList<string> Suites(string release);

    /// <summary>The suite of security updates when it is on an archive of its own, else null.</summary>
    protected abstract string? SecuritySuite(string release);

    private List<AptSource> MirrorSources(string release, string mirror)
    {
        var uris = mirror.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var sources = uris.Take(1).SelectMany(uri => Suites(release).Select(suite => new AptSource(uri, suite, [MainComponent], Keyring))).ToList();
        if (uris.Length > 1 && SecuritySuite(release) is { } security) sources.Add(new AptSource(uris[1], security, [MainComponent], Keyring));
        return sources;
    }

    // Entries of the distribution itself: others use the same suite names, but not its keyring.
    private List<AptSource> HostSources(string release) =>
    [
        .. from source in AptConfiguration.Read(AptFolder)
           where source.Components.Contains(MainComponent)
               && (source.SignedBy is null || Path.GetFileName(source.SignedBy).StartsWith($"{Name}-archive", StringComparison.Ordinal))
           let suite = SuiteFor(source.Suite, release)
           where suite is not null
           select source with
           {
               Suite = suite,
               // What a release has beside main differs between releases.
               Components = suite == source.Suite ? source.Components : [MainComponent],
               SignedBy = source.Trusted ? null : source.SignedBy ?? Keyring,
           },
    ];

    // `bookworm-updates` is `trixie-updates` for another release; null for what is no suite of this distribution, or not meant for everyone.
    private string? SuiteFor(string suite, string release)
    {
        var codeName = suite.Split('-', '/')[0];
        var rest = suite[codeName.Length..];
        return Releases.Values.Contains(codeName) && rest is "" or "-updates" or "-security" ? release + rest : null;
    }
}
