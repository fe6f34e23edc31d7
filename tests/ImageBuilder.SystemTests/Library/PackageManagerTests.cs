using System.Security.Cryptography;
using ImageBuilder.Processes;

namespace ImageBuilder.SystemTests.Library;

/// <summary>
/// The branches for dnf and zypper, run by dnf and zypper: Debian has both as packages, and the repository is one of made-up packages in the
/// root itself.
/// </summary>
public sealed class PackageManagerTests : IDisposable
{
    private readonly LibraryRepository _repository = new("packages");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dnf_and_zypper_register_install_update_and_are_tested()
    {
        Assert.SkipWhen(new ProgramRunner().Find("gpg") is null, "It needs the program gpg.");
        var web = Directory.CreateDirectory(Path.Combine(_repository.Root, "web")).FullName;
        await using (var key = await SigningKey.MakeAsync(_repository.Root, Cancel))
        {
            await key.ExportAsync("--export", Path.Combine(web, "key.asc"), Cancel);
            _repository.Write("components/published/1.0.0/secret.asc", "");
            await key.ExportAsync("--export-secret-keys", Path.Combine(_repository.Root, "components/published/1.0.0/secret.asc"), Cancel);
        }

        await using var server = new FolderServer(web);
        Write(server.Address, Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(web, "key.asc"), Cancel))));

        var result = await _repository.RunAsync("Customize", Cancel);

        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        foreach (var manager in (string[])["dnf", "zypper"])
        {
            Assert.Contains("made-up-1-1.noarch", _repository.Log($"install-{manager}-build-Installed"), StringComparison.Ordinal);
            Assert.Contains("file:", _repository.Log($"register-{manager}-build-CheckRegistered"), StringComparison.Ordinal);
        }

        Assert.Contains("made-up.noarch", _repository.Log("yum-repository-test-linux-build-FindPackage"), StringComparison.Ordinal);
    }

    public void Dispose() => _repository.Dispose();

    private void Write(string address, string digest)
    {
        _repository.Add("rpm-tools", Tools);
        _repository.Add("published", Published);
        _repository.Add("shown", Shown);
        _repository.Add("yum-repository-test-linux", LibraryRepository.InPhase("build", "yum-repository-test-linux"));
        foreach (var manager in (string[])["dnf", "zypper"])
        {
            _repository.Add($"only-{manager}", Only(manager));
            // Validation sees one root, and each of the two must be looked at while it is the only one.
            _repository.Add($"register-{manager}", LibraryRepository.Ours("register-repository").Replace("  - name: validate\n    steps:\n", "", StringComparison.Ordinal));
            _repository.Add($"install-{manager}", LibraryRepository.Ours("install-package-from-repository")
                .Replace("  - name: validate\n    steps:\n      - name: CheckInstalled\n", "      - name: Installed\n", StringComparison.Ordinal));
            _repository.Add($"update-{manager}", Update);
        }

        string Managed(string manager) => $$"""
              - { name: only-{{manager}} }
              - name: register-{{manager}}
                parameters: { Name: made-up, Uri: "file:///srv/repository", KeyUri: "{{address}}/key.asc", KeySha256: "{{digest}}" }
              - { name: install-{{manager}}, parameters: { Packages: "made-up, made-up-too" } }

            """;
        _repository.WriteRecipe($$"""
            components:
              - { name: rpm-tools }
              - { name: published }
            {{Managed("dnf")}}
              - { name: yum-repository-test-linux, parameters: { Package: made-up, WithoutNetwork: fail } }
              - { name: update-dnf }
            {{Managed("zypper")}}
              - { name: update-zypper }
              - { name: shown }
            disk: { size: 2GiB }
            outputs: [raw]
            """);
    }

    // Debian's rpm keeps its database in the home folder, where zypper does not look.
    private const string Tools = """
        schemaVersion: 1.0
        phases:
          - name: build
            steps:
              - name: Install
                action: ExecuteBash
                inputs:
                  commands:
                    - |
                      set -e
                      apt-get update
                      apt-get install --yes --no-install-recommends rpm dnf zypper createrepo-c gpg gpg-agent
                      mkdir -p /etc/rpm /etc/yum.repos.d /etc/dnf/vars
                      printf '%s\n' '%_dbpath /var/lib/rpm' '%__gpg /usr/bin/gpg' > /etc/rpm/macros
                      echo 12 > /etc/dnf/vars/releasever

        """;

    private const string Published = """
        schemaVersion: 1.0
        phases:
          - name: build
            steps:
              - name: Key
                action: CopyFile
                inputs:
                  - { source: secret.asc, destination: /srv/secret.asc }
              - name: Publish
                action: ExecuteBash
                inputs:
                  commands:
                    - |
                      set -e
                      cd "$(mktemp --directory)"
                      export GNUPGHOME=$PWD/keys
                      mkdir -m 700 keys
                      gpg --batch --quiet --pinentry-mode loopback --passphrase '' --import /srv/secret.asc
                      for version in 1 2; do
                          for name in made-up made-up-too; do
                              printf '%s\n' "Name: $name" "Version: $version" 'Release: 1' 'Summary: made up' 'License: none' 'BuildArch: noarch' \
                                  '%description' 'made up' '%install' 'mkdir -p %{buildroot}/opt' "echo $version > %{buildroot}/opt/$name" '%files' "/opt/$name" > "$name.spec"
                              rpmbuild --quiet -bb --define "_topdir $PWD/work" --define "_rpmdir /srv/version-$version" "$name.spec"
                          done
                          rpmsign --addsign --define '_gpg_name made-up' /srv/version-$version/noarch/*.rpm
                          createrepo_c --quiet /srv/version-$version
                          gpg --batch --armor --detach-sign --output /srv/version-$version/repodata/repomd.xml.asc /srv/version-$version/repodata/repomd.xml
                      done

        """;

    // Both begin with the first versions, and each is the only one that the steps find.
    private static string Only(string manager) => $$"""
        schemaVersion: 1.0
        phases:
          - name: build
            steps:
              - name: Hide
                action: ExecuteBash
                inputs:
                  commands:
                    - |
                      set -e
                      mkdir -p /srv/hidden
                      for program in apt-get dpkg-query dnf zypper; do
                          [ ! -e "/usr/bin/$program" ] || mv "/usr/bin/$program" /srv/hidden/
                      done
                      mv /srv/hidden/{{manager}} /usr/bin/
                      ln -sfn version-1 /srv/repository
                      rpm --erase made-up made-up-too || true

        """;

    private const string Shown = """
        schemaVersion: 1.0
        phases:
          - name: build
            steps:
              - name: Show
                action: ExecuteBash
                inputs:
                  commands: [mv /srv/hidden/* /usr/bin/]

        """;

    private const string Update = """
        schemaVersion: 1.0
        phases:
          - name: build
            steps:
              - name: Publish
                action: ExecuteBash
                inputs:
                  commands:
                    - ln -sfn version-2 /srv/repository
                    - "! command -v dnf || dnf clean expire-cache"
              - name: AllButOne
                action: UpdateOS
                inputs: { exclude: [made-up-too] }
              - name: Check
                action: ExecuteBash
                inputs:
                  commands: ['[ "$(cat /opt/made-up /opt/made-up-too)" = $''2\n1'' ]']
              - name: One
                action: UpdateOS
                inputs: { include: [made-up, made-up-too], exclude: [made-up] }
              - name: CheckAgain
                action: ExecuteBash
                inputs:
                  commands: ['[ "$(cat /opt/made-up /opt/made-up-too)" = $''2\n2'' ]']

        """;
}
