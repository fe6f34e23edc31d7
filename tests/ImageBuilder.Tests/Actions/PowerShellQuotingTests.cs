using System.Text;
using System.Text.Json;
using CsCheck;

namespace ImageBuilder.Tests.Actions;

/// <summary>Whatever a value is, it reaches its place byte for byte in PowerShell, and nothing of it is run or read as an expression.</summary>
[Collection(InPowerShell.Name)]
public sealed class PowerShellQuotingTests(PowerShellEngine engine) : IDisposable
{
    private static readonly string[] s_pieces =
    [
        "a", "B", "7", " ", "  ", "\t", "\n", "\r", "\r\n", "'", "''", "\"", "`", "`n", "`0", "$", "$(throw 'pwned')", "$([IO.File]::Create('pwned'))",
        "${HOME}", "$env:PATH", "@'", "\n'@", "\n\u2019@", "@\"", "\"@", "\u2018", "\u2019", "\u201a", "\u201b", "\u201c", "\u201d", "\u201e", "\u2013", "--%",
        "\\", "\\\\", "\\\"", ";", "&", "|", "<", ">", "(", ")", "{", "}", "{{ Other }}", "{{ build.Step.outputs.stdout }}",
        "{{", "}}", "[", "]", "?", "~", "!", "#", "<#", "#>", "%", "%PATH%", "^", "=", ",", ":", "@", "@{", "+", "-", "-Force", "--", ".", "é", "ß",
        "漢", "😀", "🐀", "\u0001", "\u007f", "\u0085", "\u00a0", "\u2028", "\u200d", "\ufeff", "\ufffd", "{0}", "$1", "$args", "exit 3",
    ];

    private static readonly Gen<string> s_values = Gen.Int[0, s_pieces.Length - 1].Array[1, 8].Select(picks => string.Concat(picks.Select(i => s_pieces[i])));

    // Any character that a document may hold.
    private static readonly Gen<string> s_unicode = Gen.Int[1, 0x10ffff].Where(c => c is < 0xd800 or > 0xdfff)
        .Array[0, 12].Select(chars => string.Concat(chars.Select(char.ConvertFromUtf32)));

    private static readonly Gen<string> s_texts = Gen.OneOf(s_values, s_unicode);

    // What is allowed as the name of a file in a folder here.
    private static readonly Gen<string> s_names = s_texts.Select(v => "n" + v.Replace('/', '_') + ".");

    private readonly PowerShellFolder _folder = new(engine);

    [Fact]
    public void Contents_and_paths_arrive_as_they_are() => Gen.Select(s_names, s_texts, Gen.Bool).Sample((name, content, parameter) =>
    {
        var (path, folder) = (_folder.At(name), _folder.At("d" + name));
        Run("CreateFile", parameter, ("path", path), ("content", content));
        Run("AppendFile", parameter, ("path", path), ("content", content));
        Run("ReadFile", parameter, ("path", path));
        Assert.Equal(content + content, _folder.Outputs["0.content"]);
        Run("CreateFolder", parameter, ("path", folder));
        Run("CopyFile", parameter, ("source", path), ("destination", folder + "/"));
        Run("ListFiles", parameter, ("path", folder), ("fileNamePattern", name));
        Assert.Equal(Path.Combine(folder, name), _folder.Outputs["0.files"]);
        Assert.Equal(content + content, Read(Path.Combine(folder, name)));
        Run("MoveFolder", parameter, ("source", folder), ("destination", folder + "2"));
        Run("MoveFile", parameter, ("source", path), ("destination", Path.Combine(folder + "2", name)));
        Run("CopyFolder", parameter, ("source", folder + "2"), ("destination", folder));
        Run("DeleteFile", parameter, ("path", Path.Combine(folder, name)));
        Run("DeleteFolder", parameter, ("path", folder));
        Assert.Equal(content + content, Read(Path.Combine(folder + "2", name)));
        Directory.Delete(folder + "2", recursive: true);
        Assert.False(File.Exists("pwned"));
    }, iter: 6, threads: 1);

    [Fact]
    public void Every_piece_arrives_next_to_every_other()
    {
        var all = string.Concat(s_pieces.SelectMany(a => s_pieces.Select(b => a + b)));
        Run("CreateFile", true, ("path", _folder.At("all")), ("content", all));
        Assert.Equal(all, Read(_folder.At("all")));
        Assert.False(File.Exists("pwned"));
    }

    [Fact]
    public void Arguments_of_programs_arrive_as_they_are() => Gen.Select(s_texts, s_texts).Sample((one, two) =>
    {
        var run = _folder.Run("ExecuteBinary", """{ path: printf, arguments: ["[%s]", "{{ One }}", "{{ Two }}"] }""", ("One", one), ("Two", two));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal($"[{one}][{two}]", _folder.Outputs["0.stdout"]);
    }, iter: 15, threads: 1);

    [Fact]
    public void Commands_arrive_with_what_expressions_stand_for() => Gen.Select(s_texts, s_texts).Sample((one, two) =>
    {
        _folder.Pretend("powershell.exe", "cat \"${@: -1}\"");
        File.WriteAllText(_folder.At("two"), two);
        var run = _folder.Run(RenderedDocument.For("Windows", $$$"""
            schemaVersion: 1.0
            parameters: [{ One: { type: string } }]
            phases:
              - name: build
                steps:
                  - { name: Two, action: ReadFile, inputs: [{ path: "{{{_folder.At("two")}}}" }] }
                  - { name: Run, action: ExecutePowerShell, inputs: { commands: ["<{{ One }}>", "{{ build.Two.outputs.content }}", "it's"] } }
            """, values: [("One", one)]));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        // The reader of a program's output takes the byte order mark for what it is.
        Assert.Equal($"<{one}>\n{two.TrimEnd('\r', '\n')}\nit's", _folder.Outputs["0.stdout"]);
    }, iter: 15, threads: 1);

    [Fact]
    public void Values_are_compared_as_they_are() => Gen.Select(s_texts, s_texts, Gen.Bool).Sample((value, other, parameter) =>
    {
        Run("Assert", parameter, ("stringEquals", value), ("value", value));
        if (value != other) Assert.Equal(1, _folder.Run(Document("Assert", parameter, [("stringEquals", value), ("value", other)])).ExitCode);
    }, iter: 15, threads: 1);

    public void Dispose() => _folder.Dispose();

    // Without the help of a reader that takes a byte order mark away.
    private static string Read(string path) => Encoding.UTF8.GetString(File.ReadAllBytes(path));

    // Values go in as they are, or by way of parameters, as those must that look like expressions.
    private static RenderedDocument Document(string action, bool parameter, (string Name, string Value)[] inputs)
    {
        parameter |= inputs.Any(i => i.Value.Contains("{{", StringComparison.Ordinal) || i.Value.Contains('\u0085', StringComparison.Ordinal));
        var map = JsonSerializer.Serialize(inputs.ToDictionary(i => i.Name, i => parameter ? $"{{{{ P-{i.Name} }}}}" : i.Value));
        return RenderedDocument.StepFor("Windows", action, action == "Assert" ? map : $"[{map}]", [.. parameter ? inputs.Select(i => ($"P-{i.Name}", i.Value)) : []]);
    }

    private void Run(string action, bool parameter, params (string Name, string Value)[] inputs)
    {
        var run = _folder.Run(Document(action, parameter, inputs));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
    }
}
