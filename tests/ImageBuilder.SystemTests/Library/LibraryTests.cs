using ImageBuilder.Processes;

namespace ImageBuilder.SystemTests.Library;

/// <summary>The components of this repository that can run here, all in one image: all their phases, the tests in a virtual machine.</summary>
public sealed class LibraryTests : IDisposable
{
    private readonly LibraryRepository _repository = new("library");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_components_of_the_library_build_validate_and_test_on_Debian()
    {
        Assert.SkipWhen(new ProgramRunner().Find("gpg") is null, "It needs the program gpg.");
        var web = Directory.CreateDirectory(Path.Combine(_repository.Root, "web")).FullName;
        var packages = new SignedRepository(web);
        await packages.WriteAsync(Cancel);
        await File.WriteAllTextAsync(Path.Combine(web, "setup.run"), Installer, Cancel);
        await using var server = new FolderServer(web);
        Write(server.Address, packages.KeyDigest);

        var result = await _repository.RunAsync("TestImage", Cancel);

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        Assert.Contains($"{SignedRepository.Package} 1.2-3", _repository.Log("install-package-from-repository-validate"), StringComparison.Ordinal);
        Assert.Contains("exit code 7", _repository.Log("unattended-installer-build-Install"), StringComparison.Ordinal);
        Assert.Contains("no network", _repository.Log("apt-repository-test-linux-test-DownloadPackage"), StringComparison.Ordinal);
        Assert.Contains("now:", _repository.Log("reboot-test-linux-test-CheckNewBoot"), StringComparison.Ordinal);
        Assert.Contains("Stratum", _repository.Log("chrony-time-configuration-test-CheckActive"), StringComparison.Ordinal);
    }

    public void Dispose() => _repository.Dispose();

    // It wants its answers and both its arguments, and says so with an exit code of its own.
    private const string Installer = """
        #!/bin/sh
        [ "$1" = --quiet ] && [ "$2" = "--name=two words" ] && grep -q '^accept=yes$' /var/tmp/answers.ini || exit 1
        mkdir -p /opt/made-up && exit 7
        """;

    // What the web server's address is part of comes last: the layers before it are found in the cache of an earlier run.
    private void Write(string address, string digest)
    {
        _repository.Copy("hello-world-linux", "register-repository", "install-package-from-repository", "python-3-linux", "chrony-time-configuration",
            "unattended-installer", "update-linux", "reboot-linux", "simple-boot-test-linux", "reboot-test-linux", "apt-repository-test-linux");
        _repository.Add("apt-repository-with-network", LibraryRepository.InPhase("build", "apt-repository-test-linux"));
        _repository.WriteRecipe($$"""
            components:
              - { name: hello-world-linux }
              - { name: apt-repository-with-network, parameters: { WithoutNetwork: fail } }
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
            tests:
              - { name: simple-boot-test-linux }
              - { name: apt-repository-test-linux }
              - { name: reboot-test-linux }
            disk: { size: 2GiB, firmware: [bios] }
            outputs: [raw]
            """);
    }
}
