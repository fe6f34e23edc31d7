using System.Runtime.CompilerServices;
using ImageBuilder.Processes;
using ImageBuilder.SystemTests.Engine;

namespace ImageBuilder.SystemTests.Library;

/// <summary>The components of this repository that can run here, all in one image: build and validate, and tests in place of validate.</summary>
public sealed class LibraryTests : IDisposable
{
    private const string Recipe = "library";

    private readonly string _root = Directory.CreateTempSubdirectory("imagebuilder-library-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_components_of_the_library_build_and_validate_on_Debian()
    {
        var programs = new ProgramRunner();
        Assert.SkipWhen(programs.Find("gpg") is null, "It needs the program gpg.");
        var web = Directory.CreateDirectory(Path.Combine(_root, "web")).FullName;
        var packages = new SignedRepository(web);
        await packages.WriteAsync(Cancel);
        await File.WriteAllTextAsync(Path.Combine(web, "setup.run"), Installer, Cancel);
        await using var server = new FolderServer(web);
        Write(server.Address, packages.KeyDigest);

        var result = await RunAsync(programs);

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        var logs = Directory.EnumerateFiles(Path.Combine(_root, "artifacts", Recipe, "1.0.0/logs"), "*.log", SearchOption.AllDirectories)
            .Where(f => char.IsAsciiDigit(Path.GetFileName(f)[0])) // of steps; the others are each component's as AWSTOE has them
            .ToDictionary(f => Path.GetFileName(f)[4..], File.ReadAllText);
        Assert.Contains($"{SignedRepository.Package} 1.2-3", Log(logs, "install-package-from-repository-validate"), StringComparison.Ordinal);
        Assert.Contains("exit code 7", Log(logs, "unattended-installer-build-Install"), StringComparison.Ordinal);
        Assert.Contains("no network", Log(logs, "apt-repository-test-linux-again-validate-DownloadPackage"), StringComparison.Ordinal);
        Assert.Contains("now:", Log(logs, "reboot-test-linux-validate-CheckNewBoot"), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    // It wants its answers and both its arguments, and says so with an exit code of its own.
    private const string Installer = """
        #!/bin/sh
        [ "$1" = --quiet ] && [ "$2" = "--name=two words" ] && grep -q '^accept=yes$' /var/tmp/answers.ini || exit 1
        mkdir -p /opt/made-up && exit 7
        """;

    private static string Log(Dictionary<string, string> logs, string start) =>
        string.Concat(logs.Where(l => l.Key.StartsWith(start, StringComparison.Ordinal)).Select(l => l.Value));

    // What the web server's address is part of comes last: the layers before it are found in the cache of an earlier run.
    private void Write(string address, string digest)
    {
        Copy("hello-world-linux", "register-repository", "install-package-from-repository", "python-3-linux", "chrony-time-configuration",
            "unattended-installer", "update-linux", "reboot-linux");
        TestsAs("build", "apt-repository-test-linux", "apt-repository-test-linux");
        TestsAs("validate", "apt-repository-test-linux", "apt-repository-test-linux-again");
        TestsAs("validate", "simple-boot-test-linux", "simple-boot-test-linux");
        TestsAs("validate", "reboot-test-linux", "reboot-test-linux");
        File.WriteAllText(New($"recipes/{Recipe}/recipe.yml"), $$"""
            schemaVersion: 1.0
            name: {{Recipe}}
            version: 1.0.0
            platform: Linux
            architecture: x86_64
            parentImage: { local: debian:12 }
            components:
              - { name: hello-world-linux }
              - { name: apt-repository-test-linux, parameters: { WithoutNetwork: fail } }
              - { name: python-3-linux, parameters: { MinimumVersion: "3.11" } }
              - { name: chrony-time-configuration, parameters: { Pools: a.example.com b.example.com } }
              - { name: update-linux }
              - { name: reboot-linux }
              - { name: register-repository, parameters: { Name: made-up, Uri: "{{address}}", KeyUri: "{{address}}/key.asc", KeySha256: "{{digest}}", Suites: ./ } }
              - { name: install-package-from-repository, parameters: { Packages: "{{SignedRepository.Package}}=1.2-3, jq" } }
              - name: unattended-installer
                parameters:
                  InstallerUri: {{address}}/setup.run
                  AnswerFile: /var/tmp/answers.ini
                  Answers: "accept=yes"
                  Arguments: --quiet "--name=two words"
                  SuccessCodes: 0 7
                  Installed: /opt/made-up
              - { name: simple-boot-test-linux }
              - { name: reboot-test-linux }
              - { name: apt-repository-test-linux-again }
            disk: { size: 2GiB }
            outputs: [raw]
            """);
    }

    private void Copy(params IEnumerable<string> components)
    {
        foreach (var name in components) File.Copy(Ours(name), New($"components/{name}/1.0.0/component.yml"));
    }

    // Booting a machine for the phase `test` is other tests' business: the same steps run in the phase that is cheap here.
    private void TestsAs(string phase, string component, string name) => File.WriteAllText(New($"components/{name}/1.0.0/component.yml"),
        File.ReadAllText(Ours(component)).Replace("- name: test\n", $"- name: {phase}\n", StringComparison.Ordinal)
            .Replace("{{ test.", $"{{{{ {phase}.", StringComparison.Ordinal));

    private string New(string name)
    {
        var path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // a file in a folder of ours
        return path;
    }

    private static string Ours(string component, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "../../..", "components", component, "1.0.0/component.yml"); // a compiler-given path has a folder

    private Task<ProgramResult> RunAsync(ProgramRunner programs)
    {
        // tests/ImageBuilder.SystemTests/bin/Debug/net10.0 → the program built beside it.
        var root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../.."));
        var program = Path.Combine(root, Path.GetRelativePath(Path.Combine(root, "tests/ImageBuilder.SystemTests"), AppContext.BaseDirectory)
            .Insert(0, "build/Build/"), "ImageBuilderBuild.dll");
        return programs.RunAsync(new Command("dotnet", program, "--target=Customize", $"--working={_root}", $"--cache={TestBuild.Cache}"), Cancel);
    }
}
