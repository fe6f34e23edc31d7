using System.Globalization;
using System.Text;

namespace ImageBuilder.Tests.Actions;

/// <summary>What the scripts rendered for Windows do, run by PowerShell on this machine.</summary>
[Collection(InPowerShell.Name)]
public sealed class PowerShellExecutionTests(PowerShellEngine engine) : IDisposable
{
    private readonly PowerShellFolder _folder = new(engine);

    private string In(string name) => _folder.At(name);

    [Theory]
    [InlineData("utf-8", "aé😀")]
    [InlineData("utf16", "aé😀")]
    [InlineData("UTF-16-BE", "aé😀")]
    [InlineData("utf32-LE", "aé😀")]
    [InlineData("utf-32-be", "aé😀")]
    public void CreateFile_and_AppendFile_encode_without_a_byte_order_mark(string encoding, string text)
    {
        Ok("CreateFile", $$"""[{ "path": "{{In("new/folder/f")}}", "content": "{{text}}", "encoding": "{{encoding}}" }]""");
        Ok("AppendFile", $$"""[{ "path": "{{In("new/folder/f")}}", "content": "{{text}}", "encoding": "{{encoding}}" }]""");
        var expected = (encoding.ToUpperInvariant() switch
        {
            "UTF-8" => Encoding.UTF8,
            "UTF16" => Encoding.Unicode,
            "UTF-16-BE" => Encoding.BigEndianUnicode,
            "UTF32-LE" => Encoding.UTF32,
            _ => new UTF32Encoding(bigEndian: true, byteOrderMark: false),
        }).GetBytes(text + text);
        Assert.Equal(expected, File.ReadAllBytes(In("new/folder/f")));
        Ok("ReadFile", $$"""[{ "path": "{{In("new/folder/f")}}", "encoding": "{{encoding}}" }]""");
        Assert.Equal(text + text, _folder.Outputs["0.content"]);
    }

    [Fact]
    public void CreateFile_replaces_unless_told_otherwise()
    {
        Ok("CreateFile", $$"""[{ "path": "{{In("f")}}", "content": "one" }]""");
        File.SetAttributes(In("f"), FileAttributes.ReadOnly);
        Ok("CreateFile", $$"""[{ "path": "{{In("f")}}", "content": "two" }]""");
        Fails("CreateFile", $$"""[{ "path": "{{In("f")}}", "content": "three", "overwrite": false }]""", $"CreateFile: {In("f")} exists already, and overwrite is false\n");
        Fails("CreateFile", $$"""[{ "path": "{{_folder.Root}}", "content": "x" }]""", "is a folder");
        Assert.Equal("two", File.ReadAllText(In("f")));
    }

    [Fact]
    public void Entries_are_worked_through_in_order_until_one_fails()
    {
        Fails("CreateFile", $$"""[{ "path": "{{In("a")}}" }, { "path": "{{_folder.Root}}" }, { "path": "{{In("c")}}" }]""", "is a folder");
        Assert.True(File.Exists(In("a")));
        Assert.False(File.Exists(In("c")));
    }

    [Fact]
    public void What_the_system_refuses_is_said_in_one_line()
    {
        var run = _folder.Run("CreateFile", """[{ "path": "/proc/nothing/here" }]""");
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("CreateFile: ", run.Error, StringComparison.Ordinal);
        Assert.EndsWith("'/proc/nothing'.\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AppendFile_needs_a_file() => Fails("AppendFile", $$"""[{ "path": "{{In("none")}}", "content": "x" }]""", "there is no file");

    [Fact]
    public void SetFileEncoding_and_ReadFile_convert_there_and_back()
    {
        File.WriteAllText(In("text"), "aé😀\n");
        File.WriteAllText(In("other"), "x");
        Ok("SetFileEncoding", $$"""[{ "path": "{{In("text")}}", "encoding": "utf-16-BE" }]""");
        Assert.Equal("aé😀\n", Encoding.BigEndianUnicode.GetString(File.ReadAllBytes(In("text"))));
        var run = Ok("ReadFile", $$"""[{ "path": "{{In("other")}}" }, { "path": "{{In("text")}}", "encoding": "utf-16-BE", "printFileContent": true }]""");
        Assert.Equal(("x", "aé😀\n", "aé😀\n"), (_folder.Outputs["0.content"], _folder.Outputs["1.content"], run.Output));
        Fails("SetFileEncoding", $$"""[{ "path": "{{In("none")}}" }]""", "there is no file");
        File.WriteAllBytes(In("broken"), [0xff, 0xfe, 0xfd]);
        Fails("ReadFile", $$"""[{ "path": "{{In("broken")}}" }]""", "Unable to translate bytes");
    }

    [Fact]
    public void ReadFile_needs_a_file() => Fails("ReadFile", $$"""[{ "path": "{{In("none")}}" }]""", "there is no file");

    [Fact]
    public void References_are_filled_in_with_what_earlier_steps_gave()
    {
        File.WriteAllText(In("it"), "it’s '$HOME'\n{{ build.Ask.x }}\n");
        var run = _folder.Run(RenderedDocument.For("Windows", $$$"""
            schemaVersion: 1.0
            phases:
              - name: build
                steps:
                  - { name: Ask, action: ReadFile, inputs: [{ path: "{{{In("it")}}}" }] }
                  - { name: Write, action: CreateFile, inputs: [{ path: "{{{In("a")}}} {{ build.Ask.outputs.content }}", content: "<{{ build.Ask.outputs[0].content }}>" }] }
                  - { name: Look, action: Assert, inputs: { fileExists: "{{ build.Write.inputs.path }}" } }
                  - { name: Exit, action: ExecuteBinary, inputs: { path: bash, arguments: [-c, "exit $(wc -l <<< \"$0\")", "{{ build.Ask.outputs.content }}"] } }
            """));
        Assert.Equal("<it’s '$HOME'\n{{ build.Ask.x }}>", File.ReadAllText(In("a it’s '$HOME'\n{{ build.Ask.x }}")));
        Assert.Equal(2, run.ExitCode);
    }

    [Fact]
    public void ExecuteBinary_hands_over_each_argument_as_it_is()
    {
        var run = Ok("ExecuteBinary", """{ "path": "printf", "arguments": ["[%s]", "it's $HOME *", "", "a\\", "\\\"b\" c\\\\\"", "\n"] }""");
        Assert.Equal("[it's $HOME *][][a\\][\\\"b\" c\\\\\"][\n]", _folder.Outputs["0.stdout"]);
        Assert.Equal(_folder.Outputs["0.stdout"], run.Output);
        Assert.Equal("", Ok("ExecuteBinary", """{ "path": "true" }""").Output);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(194)]
    public void ExecuteBinary_ends_with_the_exit_code_of_the_program(int code) =>
        Assert.Equal(code, _folder.Run("ExecuteBinary", $$"""{ "path": "bash", "arguments": ["-c", "exit {{code}}"] }""").ExitCode);

    [Fact]
    public void ExecuteBinary_keeps_all_of_a_long_output_and_gives_no_input()
    {
        Ok("ExecuteBinary", """{ "path": "bash", "arguments": ["-c", "cat; printf 'aü%.0s' {1..100000}"] }""");
        Assert.Equal(string.Concat(Enumerable.Repeat("aü", 100_000)), _folder.Outputs["0.stdout"]);
    }

    [Fact]
    public void ExecuteBinary_ends_when_a_process_stays_in_the_background()
    {
        var started = TimeProvider.System.GetTimestamp();
        Ok("ExecuteBinary", """{ "path": "bash", "arguments": ["-c", "sleep 30 2> /dev/null & echo $!"] }""");
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 20);
        using var child = System.Diagnostics.Process.GetProcessById(int.Parse(_folder.Outputs["0.stdout"], CultureInfo.InvariantCulture));
        child.Kill();
    }

    [Fact]
    public void ExecuteBinary_gives_no_batch_file_what_cmd_would_act_on() =>
        Fails("ExecuteBinary", """{ "path": "C:\\tool.CMD", "arguments": ["a", "x&calc"] }""", "cmd.exe acts on");

    [Fact]
    public void A_program_that_is_not_there_fails() => Fails("ExecuteBinary", """{ "path": "no-such-program-here" }""", "no-such-program-here");

    [Fact]
    public void ExecutePowerShell_runs_its_commands_in_a_program_of_their_own()
    {
        _folder.Pretend("powershell.exe", "cp \"${@: -1}\" \"$IMAGEBUILDER_OUTPUTS/../commands\"; printf '%s\\n' \"$@\"; exit 3010");
        var run = _folder.Run("ExecutePowerShell", """{ "commands": ["$x = @'", "it’s", "'@", "exit 3010"] }""");
        Assert.Equal((3010 & 255, ""), (run.ExitCode, run.Error));
        Assert.Equal("\ufeff$x = @'\nit’s\n'@\nexit 3010", Encoding.UTF8.GetString(File.ReadAllBytes(In("commands"))));
        Assert.Equal(["-NoLogo", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-File"], _folder.Outputs["0.stdout"].Split('\n')[..6]);
        Assert.False(File.Exists(_folder.Outputs["0.stdout"].Split('\n')[6]));
        Ok("ExecuteBinary", """{ "path": "true" }""");
    }

    [Fact]
    public void ExecutePowerShell_runs_a_file()
    {
        _folder.Pretend("powershell.exe", "echo \"<${@: -1}>\"");
        Ok("ExecutePowerShell", """{ "file": "C:\\my files\\it's.ps1" }""");
        Assert.Equal("<C:\\my files\\it's.ps1>\n", _folder.Outputs["0.stdout"]);
    }

    [Fact]
    public void Reboot_waits_and_leaves_the_restart_to_the_engine()
    {
        var started = TimeProvider.System.GetTimestamp();
        Assert.Equal("", Ok("Reboot", "{ delaySeconds: 1 }").Output);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0.9, 10);
    }

    public void Dispose() => _folder.Dispose();

    private PowerShellRun Ok(string action, string inputs)
    {
        var run = _folder.Run(action, inputs);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return run;
    }

    private void Fails(string action, string inputs, string error)
    {
        var run = _folder.Run(action, inputs);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
    }
}
