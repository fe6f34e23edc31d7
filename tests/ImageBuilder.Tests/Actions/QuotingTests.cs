using System.Text;
using System.Text.Json;
using CsCheck;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Planning;
using Scriban.Syntax;

namespace ImageBuilder.Tests.Actions;

/// <summary>Whatever a value is, it reaches its place byte for byte, and nothing of it is run or read as an expression.</summary>
public sealed class QuotingTests : IDisposable
{
    private static readonly string[] s_pieces =
    [
        "a", "B", "7", " ", "  ", "\t", "\n", "\r", "'", "''", "\"", "`", "$", "$(touch pwned)", "`touch pwned`", "${HOME}",
        "\\", "\\'", "\\n", ";", "&", "|", "<", ">", "(", ")", "{", "}", "{{ Other }}", "{{ build.Step.outputs.stdout }}",
        "{{", "}}", "[", "]", "*", "?", "~", "!", "!!", "#", "%", "^", "=", ",", ":", "@", "+", "-", "--", ".", "é", "ß",
        "漢", "😀", "🐀", "\u0001", "\u007f", "\u0085", "\u00a0", "\u2028", "\ufeff", "\ufffd", "%s", "%n", "COMMANDS",
    ];

    private static readonly Gen<string> s_values = Gen.Int[0, s_pieces.Length - 1].Array[1, 8].Select(picks => string.Concat(picks.Select(i => s_pieces[i])));

    // What the kernel allows as the name of a file in a folder.
    private static readonly Gen<string> s_names = s_values.Select(v => "n" + v);

    private readonly ScriptFolder _folder = new();

    [Fact]
    public Task Contents_and_paths_arrive_as_they_are() => Gen.Select(s_names, s_values, Gen.Bool).SampleAsync(async (name, content, parameter) =>
    {
        var (path, folder) = (_folder.At(name), _folder.At("d" + name));
        await RunAsync("CreateFile", parameter, ("path", path), ("content", content));
        await RunAsync("AppendFile", parameter, ("path", path), ("content", content));
        await RunAsync("CreateFolder", parameter, ("path", folder));
        await RunAsync("SetFilePermissions", parameter, ("path", path), ("permissions", "0604"));
        if (!path.Contains('*', StringComparison.Ordinal)) await RunAsync("CopyFile", parameter, ("source", path), ("destination", folder + "/"));
        else File.Copy(path, Path.Combine(folder, name));
        Assert.Equal(content + content, Read(Path.Combine(folder, name)));
        Assert.Equal("604", Convert.ToString((int)File.GetUnixFileMode(path), 8));
        File.Delete(path);
        Directory.Delete(folder, recursive: true);
        Assert.False(File.Exists(_folder.At("pwned")));
    }, iter: 12, threads: 1);

    [Fact]
    public Task Arguments_of_programs_arrive_as_they_are() => Gen.Select(s_values, s_values, Gen.Bool).SampleAsync(async (one, two, parameter) =>
    {
        await PretendAsync("chown", "chgrp", "apt-get", "curl");
        await File.WriteAllTextAsync(_folder.At("f"), "", TestContext.Current.CancellationToken);
        Assert.Equal([$"--\0{one}:{two}\0{_folder.At("f")}\0"], await CallsAsync("SetFileOwner", parameter, ("path", _folder.At("f")), ("owner", one), ("group", two)));
        Assert.Equal([$"--\0{one}\0{_folder.At("f")}\0", $"--\0{two}\0{_folder.At("f")}\0"],
            await CallsAsync("CreateFile", parameter, ("path", _folder.At("f")), ("owner", one), ("group", two)));
        var url = "http://localhost/" + Uri.EscapeDataString(one);
        Assert.Contains($"--output\0{_folder.At("o")}.part\0--write-out\0%{{http_code}}\0--\0{url}\0",
            Assert.Single(await CallsAsync("WebDownload", parameter, ("source", url), ("destination", _folder.At("o")))), StringComparison.Ordinal);
        Assert.EndsWith($"install\0--only-upgrade\0--\0{one}\0{two}\0",
            (await CallsAsync(RenderedDocument.OfStep("UpdateOS", """{ include: ["{{ One }}", "{{ Two }}"] }""", ("One", one), ("Two", two))))[1], StringComparison.Ordinal);
    }, iter: 8, threads: 1);

    [Fact]
    public Task Values_are_compared_as_they_are() => Gen.Select(s_values, Gen.Bool).SampleAsync(async (value, parameter) =>
        await RunAsync("Assert", parameter, ("stringEquals", value), ("value", value)), iter: 12, threads: 1);

    [Fact]
    public Task Outputs_of_earlier_steps_arrive_as_they_are() => s_values.SampleAsync(async value =>
    {
        var document = RenderedDocument.Of($$$"""
            schemaVersion: 1.0
            phases:
              - name: build
                steps:
                  - { name: Ask, action: ExecuteBash, inputs: { commands: [cat value] } }
                  - { name: Tell, action: CreateFile, inputs: [{ path: "{{{_folder.At("told")}}}", content: "<{{ build.Ask.outputs.stdout }}>" }] }
                  - { name: Show, action: ExecuteBash, inputs: { commands: ["cat <<'END_OF_VALUE'\n{{ build.Ask.outputs.stdout }}\nEND_OF_VALUE"] } }
            """);
        await File.WriteAllTextAsync(_folder.At("value"), value, TestContext.Current.CancellationToken);
        var run = await _folder.RunAsync(document);
        Assert.True(run.Succeeded, run.Error);
        var given = value.TrimEnd('\n');
        Assert.Equal($"<{given}>", Read(_folder.At("told")));
        Assert.Equal(given + "\n", _folder.Outputs["0.stdout"]);
        Assert.False(File.Exists(_folder.At("pwned")));
    }, iter: 8, threads: 1);

    [Fact]
    public void No_template_writes_a_value_that_is_not_quoted()
    {
        string[] functions = ["q", "qs", "glob", "commands", "delimiter", "name", "test", "tests"];
        var harmless = Catalog<IActionModule>.All.SelectMany(a => a.Inputs).Where(i => i.Type is InputType.Boolean or InputType.Number)
            .Select(i => $"entry.{i.Name}").Append("for.index").ToHashSet();
        var templates = new Templates(Dialect.Of(Shell.Bash));
        Assert.Contains("Actions/CreateFile.ps1.sbn", Templates.Names);
        foreach (var name in Templates.Names)
            foreach (var written in Written(templates.Parse(name).Page!)) // a template that parses has a page
                Assert.True(harmless.Contains(written.ToString())
                    || written is ScriptFunctionCall { Target: ScriptVariable { Name: "part" }, Arguments: [ScriptLiteral] }
                    || (written is ScriptPipeCall pipe && functions.Contains(pipe.To?.ToString()?.Trim())),
                    $"{name}{written.Span.ToStringSimple()}: `{written}` is not piped to {string.Join(", ", functions)}");
    }

    public void Dispose() => _folder.Dispose();

    // Without the help of a reader that takes a byte order mark away.
    private static string Read(string path) => Encoding.UTF8.GetString(File.ReadAllBytes(path));

    private static IEnumerable<ScriptExpression> Written(ScriptNode node)
    {
        if (node is ScriptExpressionStatement { Expression: { } expression } && expression is not ScriptAssignExpression) yield return expression;
        for (var i = 0; i < node.ChildrenCount; i++)
            if (node.GetChildren(i) is { } child)
                foreach (var written in Written(child)) yield return written;
    }

    // Values go in as they are, or by way of parameters, as those must that look like expressions.
    private static RenderedDocument Document(string action, bool parameter, (string Name, string Value)[] inputs)
    {
        parameter |= inputs.Any(i => i.Value.Contains("{{", StringComparison.Ordinal));
        var map = JsonSerializer.Serialize(inputs.ToDictionary(i => i.Name, i => parameter ? $"{{{{ P-{i.Name} }}}}" : i.Value));
        return RenderedDocument.OfStep(action, action == "Assert" ? map : $"[{map}]", [.. parameter ? inputs.Select(i => ($"P-{i.Name}", i.Value)) : []]);
    }

    private async Task RunAsync(string action, bool parameter, params (string Name, string Value)[] inputs)
    {
        var run = await _folder.RunAsync(Document(action, parameter, inputs));
        Assert.True(run.Succeeded, run.Error);
    }

    private Task<IReadOnlyList<string>> CallsAsync(string action, bool parameter, params (string Name, string Value)[] inputs) =>
        CallsAsync(Document(action, parameter, inputs));

    private async Task<IReadOnlyList<string>> CallsAsync(RenderedDocument document)
    {
        File.Delete(_folder.At("calls"));
        await _folder.RunAsync(document, $"{_folder.At("bin")}:/usr/bin:/bin");
        return File.ReadAllText(_folder.At("calls")).Split('\u0002', StringSplitOptions.RemoveEmptyEntries);
    }

    private async Task PretendAsync(params IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            var path = Path.Combine(Directory.CreateDirectory(_folder.At("bin")).FullName, name);
            await File.WriteAllTextAsync(path, """
                #!/bin/bash
                printf '%s\0' "$@" >> calls
                printf '\2' >> calls
                [ "$1" != --silent ] || { : > o.part; echo 200; }

                """);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
