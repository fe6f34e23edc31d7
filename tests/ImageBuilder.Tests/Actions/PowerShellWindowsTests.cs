using System.Runtime.CompilerServices;
using ImageBuilder.Model;

namespace ImageBuilder.Tests.Actions;

/// <summary>The modules that only Windows has, run by PowerShell with stand-ins for the objects and programs of Windows.</summary>
[Collection(InPowerShell.Name)]
public sealed class PowerShellWindowsTests : IDisposable
{
    private readonly PowerShellEngine _engine;
    private readonly PowerShellFolder _folder;
    private readonly string _kept = Path.Combine(Path.GetTempPath(), "imagebuilder-restarted");

    public PowerShellWindowsTests(PowerShellEngine engine)
    {
        _engine = engine;
        _folder = new PowerShellFolder(engine)
        {
            Functions = """
                function New-Object([string] $ComObject) { $global:Objects[$ComObject] }
                function Get-AuthenticodeSignature([string] $LiteralPath) { @{ Status = $global:Signature } }
                """,
        };
        File.WriteAllText(In("it's.msi"), "package");
        Signed("Valid");
    }

    [Fact]
    public void InstallMSI_hands_over_properties_and_log_as_they_are()
    {
        Installer(0);
        Installed(false);
        var properties = $$"""{ TITLE: "a \"b\" $(c) 'd'", EMPTY: "", LAST: "{{_folder.Root}}" }""";
        var run = Run("InstallMSI", $$"""{ path: "{{In("it's.msi")}}", logFile: "{{In("new folder/x.log")}}", logOptions: "*v", properties: {{properties}} }""");
        Assert.Equal((0, "", "msiexec ended with exit code 0\n"), (run.ExitCode, run.Error, run.Output));
        Assert.Equal(["/i", In("it's.msi"), "/L*v", In("new folder/x.log"), "/qn", "/norestart", "REBOOT=ReallySuppress", "TITLE=a \"b\" $(c) 'd'", "EMPTY=",
            $"LAST={_folder.Root}"], File.ReadAllLines(In("calls")));
        Assert.True(Directory.Exists(In("new folder")));
        Assert.Equal(("0", In("new folder/x.log"), ""), (_folder.Outputs["0.msiExitCode"], _folder.Outputs["0.logFile"], _folder.Outputs["0.stdout"]));
    }

    [Fact]
    public void InstallMSI_repairs_what_is_installed()
    {
        Installer(0);
        Installed(true);
        Assert.Equal(0, Run("InstallMSI", $$"""{ path: "{{In("it's.msi")}}" }""").ExitCode);
        Assert.Equal(["/i", In("it's.msi"), "/qn", "/norestart", "REBOOT=ReallySuppress", "REINSTALL=ALL", "REINSTALLMODE=ecmus"], File.ReadAllLines(In("calls")));
    }

    [Theory]
    [InlineData("InstallMSI", 0, 0)]
    [InlineData("InstallMSI", 74, 1)] // 1614, as far as Linux has exit codes
    [InlineData("UninstallMSI", 0, 0)]
    [InlineData("UninstallMSI", 67, 1)]
    public void Exit_codes_that_mean_success_are_none_of_others(string module, int code, int expected)
    {
        Installer(code);
        Installed(false);
        var run = Run(module, $$"""{ path: "{{In("it's.msi")}}" }""");
        Assert.Equal((expected, expected == 0 ? "" : $"{module}: msiexec ended with exit code {code}\n"), (run.ExitCode, run.Error));
        Assert.Equal($"{code}", _folder.Outputs["0.msiExitCode"]);
    }

    [Theory]
    [InlineData("InstallMSI", "0, 1614, 1641, 3010")]
    [InlineData("UninstallMSI", "0, 1605, 1614, 1641, 3010")]
    public void Exit_codes_of_success_are_those_of_the_service(string module, string codes) =>
        Assert.Contains($"@({codes})", Assert.Single(RenderedDocument.StepFor("Windows", module, "{ path: 'C:\\x.msi' }").Steps).Script.ToString(), StringComparison.Ordinal);

    [Fact]
    public void A_forced_restart_comes_once_and_then_the_outputs_are_given()
    {
        Installer(0, "echo done");
        Installed(false);
        var inputs = $$"""{ path: "{{In("it's.msi")}}", reboot: force, logFile: "{{In("x.log")}}" }""";
        Assert.Equal(3010, Run("InstallMSI", inputs).ExitCode);
        File.Delete(In("calls"));
        Assert.Equal(0, Run("InstallMSI", inputs).ExitCode);
        Assert.Equal(("0", In("x.log"), "done\n"), (_folder.Outputs["0.msiExitCode"], _folder.Outputs["0.logFile"], _folder.Outputs["0.stdout"]));
        Assert.False(File.Exists(In("calls")) || Directory.Exists(_kept));
    }

    [Theory]
    [InlineData("Valid", "", null)]
    [InlineData("NotSigned", "", "is not signed")]
    [InlineData("NotSigned", ", allowUnsignedInstaller: true", null)]
    [InlineData("HashMismatch", ", allowUnsignedInstaller: true", "is not valid (HashMismatch)")]
    [InlineData("HashMismatch", ", ignoreAuthenticodeSignatureErrors: true", null)]
    public void Who_made_a_package_must_be_known_unless_that_is_waived(string status, string waived, string? error)
    {
        Installer(0);
        Signed(status);
        var run = Run("UninstallMSI", $$"""{ path: "{{In("it's.msi")}}"{{waived}} }""");
        Assert.Equal(error is null, run.ExitCode == 0);
        Assert.Contains(error ?? "", run.Error, StringComparison.Ordinal);
        Assert.Equal(error is null, File.Exists(In("calls")));
    }

    [Fact]
    public void A_package_of_S3_is_the_file_that_was_fetched_for_the_step()
    {
        Directory.CreateDirectory(In("files/objects/0"));
        File.WriteAllText(In("files/objects/0/one"), "package");
        Installer(0, "cat \"$2\"");
        var document = RenderedDocument.StepFor("Windows", "UninstallMSI", "{ path: 's3://my-bucket/x.msi' }");
        var step = Assert.Single(document.Steps).Planned;
        Assert.Equal((Transfer.Download, "path"), (step.Transfer, step.TransferInput));
        Assert.Equal(0, _folder.Run(document).ExitCode);
        Assert.Equal("package", _folder.Outputs["0.stdout"]);
    }

    [Fact]
    public async Task A_package_can_come_from_the_web()
    {
        await using var server = new WebServer();
        server.Answer("/x.msi", 200, "package");
        Installer(0, "cat \"$2\"");
        Assert.Equal(0, Run("UninstallMSI", $$"""{ path: "{{server.Address}}/x.msi" }""").ExitCode);
        Assert.Equal("package", _folder.Outputs["0.stdout"]);
        Assert.False(File.Exists((await File.ReadAllLinesAsync(In("calls"), TestContext.Current.CancellationToken))[1]));
        Assert.Contains("there is no file", Run("UninstallMSI", """{ path: "/none.msi" }""").Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DWORD", "1.1", "Int32 1")]
    [InlineData("DWORD", "4294967295", "Int32 -1")]
    [InlineData("DWORD", "0x80000000", "Int32 -2147483648")]
    [InlineData("DWORD", "-5", "Int32 -5")]
    [InlineData("QWORD", "0xFFFFFFFFFFFFFFFF", "Int64 -1")]
    [InlineData("QWORD", "9223372036854775807", "Int64 9223372036854775807")]
    [InlineData("BINARY", "00ffA0", "Byte[] 0,255,160")]
    [InlineData("BINARY", "7", "Byte[] 7")]
    [InlineData("BINARY", "[1, 0x10, 255]", "Byte[] 1,16,255")]
    [InlineData("MULTI_SZ", "[a, '', it's]", "String[] a,,it's")]
    [InlineData("MULTI_SZ", "a", "String[] a")]
    [InlineData("SZ", "'%PATH% 1.0'", "String %PATH% 1.0")]
    [InlineData("EXPAND_SZ", "'%PATH%'", "String %PATH%")]
    public void Data_of_the_registry_become_what_their_type_says(string type, string value, string expected)
    {
        var inputs = $$"""[{ path: 'HKLM:\Software\X', name: N, value: {{value}}, type: {{type}} }]""";
        var script = Assert.Single(RenderedDocument.StepFor("Windows", "SetRegistry", inputs).Steps).Script.ToString();
        var written = script.Replace("$root = ", "$Host.UI.WriteLine($data.GetType().Name + ' ' + ($data -join ',')); return\n    $root = ", StringComparison.Ordinal);
        Assert.Equal(expected + "\n", _folder.RunScript(written).Output);
        Assert.Contains("Registry is not supported", _folder.RunScript(script).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void UpdateOS_installs_what_is_included_and_not_excluded()
    {
        var updates = Updates(new Update("Security fix", "5001"), new Update("Security tool", "5002"), new Update("Driver", "5003"), new Update("Other [x]", "77"));
        var run = Run("UpdateOS", """{ include: ["*security*", KB77, "5003"], exclude: ["KB5002", "driver"] }""");
        Assert.Equal((0, "", "Security fix\nOther [x]\n"), (run.ExitCode, run.Error, run.Output));
        Assert.Equal(["Security fix", "Other [x]"], updates.Installed);
        Assert.Equal("UpdateOS: there is nothing to update\n", Run("UpdateOS", "{ include: [none] }").Output);
        Assert.Equal(4, Run("UpdateOS", "{ }").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void UpdateOS_asks_for_a_restart_and_says_what_failed()
    {
        Updates(new Update("Fix", "1")).RebootRequired = true;
        Assert.Equal(3010, Run("UpdateOS", "{ }").ExitCode);
        Updates(new Update("Fix", "1"), new Update("Bad", "2") { Result = 4 }).RebootRequired = true;
        var run = Run("UpdateOS", "{ }");
        Assert.Equal((1, "UpdateOS: these updates could not be installed: Bad (0x80240022)\n"), (run.ExitCode, run.Error));
        Updates(new Update("Fix", "1")).DownloadResult = 4;
        Assert.Contains("could not be downloaded (4, 0x80240022)", Run("UpdateOS", "{ }").Error, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        if (Directory.Exists(_kept)) Directory.Delete(_kept, recursive: true);
        _folder.Dispose();
    }

    private string In(string name) => _folder.At(name);

    private PowerShellRun Run(string action, string inputs) => _folder.Run(action, inputs);

    private void Signed(string status) => _engine.Set("Signature", status);

    private void Installer(int code, string script = "") => _folder.Pretend("msiexec.exe", $"printf '%s\\n' \"$@\" > \"{In("calls")}\"; {script}\nexit {code}");

    private void Installed(bool isThere) =>
        _engine.Set("Objects", new Dictionary<string, object> { ["WindowsInstaller.Installer"] = new MsiInstaller(isThere) });

    private UpdateSession Updates(params Update[] updates)
    {
        var session = new UpdateSession(updates);
        _engine.Set("Objects", new Dictionary<string, object> { ["Microsoft.Update.Session"] = session, ["Microsoft.Update.UpdateColl"] = session.Chosen });
        return session;
    }

#pragma warning disable CA1034, CA1024, CA1822, CA1002 // PowerShell sees public members only, and they are named as Windows names them.
    public sealed class MsiInstaller(bool isThere)
    {
        [IndexerName("ProductState")]
        public int this[string product] => product == "{CODE}" && isThere ? 5 : -1;

        public MsiInstaller OpenDatabase(string path, int mode) => File.Exists(path) && mode == 0 ? this : throw new ArgumentException(path);

        public MsiView OpenView(string query) => query == "SELECT Value FROM Property WHERE Property = 'ProductCode'" ? new MsiView() : throw new ArgumentException(query);
    }

    public sealed class MsiView
    {
        private bool _executed;

        public void Execute() => _executed = true;

        public MsiRecord? Fetch() => _executed ? new MsiRecord() : null;
    }

    public sealed class MsiRecord
    {
        [IndexerName("StringData")]
        public string this[int field] => field == 1 ? "{CODE}" : "";
    }

    public sealed class Update(string title, string article)
    {
        public string Title => title;

        public string[] KBArticleIDs => [article];

        public bool EulaAccepted { get; private set; }

        public int Result { get; init; } = 2;

        public int ResultCode => EulaAccepted ? Result : 4;

        public int HResult => unchecked((int)0x80240022);

        public void AcceptEula() => EulaAccepted = true;
    }

    public sealed class UpdateColl
    {
        private readonly List<Update> _updates = [];

        public int Count => _updates.Count;

        public int Add(Update update)
        {
            _updates.Add(update);
            return _updates.Count - 1;
        }

        public Update Item(int index) => _updates[index];

        public void Clear() => _updates.Clear();
    }

    /// <summary>The session, its searcher, its downloader and installer, and their results.</summary>
    public sealed class UpdateSession(Update[] all)
    {
        private UpdateColl? _updates;

        public UpdateColl Chosen { get; } = new();

        public List<string> Installed { get; } = [];

        public bool RebootRequired { get; set; }

        public int DownloadResult { get; set; } = 2;

        public int ResultCode => DownloadResult;

        public int HResult => unchecked((int)0x80240022);

        public object Updates { get => _updates ?? (object)all; set => _updates = (UpdateColl)value; }

        public UpdateSession CreateUpdateSearcher()
        {
            _updates = null;
            Chosen.Clear();
            return this;
        }

        public UpdateSession CreateUpdateDownloader() => this;

        public UpdateSession CreateUpdateInstaller() => this;

        public UpdateSession Search(string criteria) => criteria == "IsInstalled=0 and IsHidden=0" ? this : throw new ArgumentException(criteria);

        public UpdateSession Download() => this;

        public UpdateSession Install()
        {
            for (var i = 0; i < Chosen.Count; i++) Installed.Add(Chosen.Item(i).Title);
            return this;
        }

        public Update GetUpdateResult(int index) => Chosen.Item(index);
    }
}
