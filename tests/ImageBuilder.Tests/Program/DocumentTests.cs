using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Program;

/// <summary><c>--target=Validate --document=…</c>: documents of any place are checked, and nothing else is touched.</summary>
public sealed class DocumentTests : IDisposable
{
    private const string Right = """
        schemaVersion: 1.0
        parameters:
          - Who: { type: string }
        phases:
          - name: build
            steps:
              - { name: Greet, action: ExecuteBash, inputs: { commands: ["echo '{{ Who }}'"] } }

        """;

    private readonly FakeWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void A_right_document_needs_no_values_for_its_parameters()
    {
        _world.Write("docs/a.yml", Right);
        Assert.Equal(0, Validate("docs/a.yml"));
        Assert.Contains("1 document: 1 right, 0 with mistakes (0 errors, 0 warnings).", _world.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_world.Folder, "artifacts")));
    }

    [Fact]
    public void All_mistakes_of_all_files_are_shown_in_one_run()
    {
        _world.Write("docs/a.yml", Right.Replace("ExecuteBash", "ExecuteBsh", StringComparison.Ordinal).Replace("phases:", "constans: []\nphases:", StringComparison.Ordinal));
        _world.Write("docs/deep/b.yaml", "schemaVersion: 1.0\nphases:\n  - name: build\n    steps: [\n");
        _world.Write("docs/c.json", """{ "schemaVersion": "1.0", "phases": [ { "name": "build", "steps": [ { "name": "x", "action": "ExecuteBash" } ] } ] }""");
        _world.Write("docs/d.yml", Right);
        Assert.Equal((int)ExitCode.Usage, Validate("docs"));
        foreach (var place in (string[])["docs/a.yml:4:1", "docs/a.yml:8:32", "docs/deep/b.yaml:", "docs/c.json:1:"])
            Assert.Contains($"{place}", _world.Error, StringComparison.Ordinal);
        Assert.Contains("4 documents: 1 right, 3 with mistakes (4 errors, 0 warnings).", _world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_files_of_a_folder_are_left_out_and_counted()
    {
        _world.Write("docs/a.yml", Right);
        _world.Write("docs/recipe.yml", "schemaVersion: 1.0\nname: x\n");
        _world.Write("docs/stack.yml", $"Resources:\n  Component:\n    Data: |\n      {Right.ReplaceLineEndings("\n      ")}");
        _world.Write("docs/buildspec.yml", "version: 0.2\nphases:\n  build:\n    commands: [make]\n");
        _world.Write("docs/notes.txt", "phases: none");
        _world.Write("docs/stack.json", """{"Resources": {"Data": "{\"name\": \"x\", \"phases\": [], \"schemaVersion\": 1.0}"}}""");
        _world.Write("docs/flow.yml", "{name: F, schemaVersion: 1.0, phases: [{name: build, steps: [{name: A, action: ExecuteBash, inputs: {commands: [ls]}}]}]}");
        Assert.Equal(0, Validate("docs"));
        Assert.Contains("2 documents: 2 right", _world.Output, StringComparison.Ordinal);
        Assert.Contains("4 other files left out.", _world.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("docs/*.yml", 2)]
    [InlineData("docs/**/*.yml", 4)]
    [InlineData("docs/**/c.yml", 1)]
    [InlineData("docs/?.yml", 2)]
    [InlineData("docs/deep*/*", 2)]
    public void A_pattern_means_files_wherever_it_matches(string pattern, int documents)
    {
        foreach (var file in (string[])["docs/a.yml", "docs/b.yml", "docs/deep/c.yml", "docs/deep/er/d.yml", "docs/deeper/e.json"])
            _world.Write(file, file.EndsWith("json", StringComparison.Ordinal) ? """{"schemaVersion":1.0,"phases":[{"name":"test","steps":[]}]}""" : Right);
        Assert.Equal(0, Validate(pattern));
        Assert.Contains($"{documents} document{(documents == 1 ? "" : "s")}: {documents} right", _world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_named_is_a_document_whatever_it_holds()
    {
        _world.Write("recipe.yml", "schemaVersion: 1.0\nname: x\n");
        Assert.Equal((int)ExitCode.Usage, Validate("recipe.yml"));
        Assert.Contains("`phases`", _world.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing.yml")]
    [InlineData("nothing/*.yml")]
    [InlineData("empty")]
    public void A_path_that_means_nothing_is_a_mistake(string path)
    {
        Directory.CreateDirectory(Path.Combine(_world.Folder, "empty"));
        Assert.Equal((int)ExitCode.Usage, Validate(path));
        Assert.Contains("IB1260", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Actions_of_any_platform_are_taken_but_not_of_several_in_one_document()
    {
        const string both = """
            schemaVersion: 1.0
            phases:
              - name: build
                steps:
                  - { name: A, action: ExecuteBash, inputs: { commands: [ls] } }
                  - { name: B, action: ExecutePowerShell, inputs: { commands: [dir] } }

            """;
        _world.Write("mixed.yml", both);
        _world.Write("windows.yml", string.Join('\n', both.Split('\n').Where(l => !l.Contains("Bash", StringComparison.Ordinal))));
        Assert.Equal(0, Validate("windows.yml"));
        Assert.DoesNotContain("IB1209", _world.Error, StringComparison.Ordinal);
        Assert.Equal(0, Validate("mixed.yml"));
        Assert.Contains("mixed.yml:6:28: warning IB1209", _world.Error, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.Usage, Validate("windows.yml", "--platform=linux"));
        Assert.Contains("IB1207", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flat_parameter_is_one_mistake_and_not_one_for_each_place_that_names_it()
    {
        _world.Write("flat.yml", Right.Replace("- Who: { type: string }", "- name: Who\n    type: string", StringComparison.Ordinal));
        Assert.Equal((int)ExitCode.Usage, Validate("flat.yml"));
        Assert.Contains("(1 error, 0 warnings)", _world.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_too_long_for_the_service_is_right_here_and_warned_of()
    {
        _world.Write("long.yml", Right.Replace("echo", $"echo {new string('x', 16_000)}", StringComparison.Ordinal));
        Assert.Equal(0, Validate("long.yml"));
        Assert.Contains("IB1208", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Templates_beside_a_document_are_read_with_values_that_nobody_has_given()
    {
        _world.Write("app/a.yml", Right[..Right.IndexOf("      - {", StringComparison.Ordinal)]
            + "      - { name: Copy, action: CopyFile, inputs: [{ source: a.sbn, destination: /a }] }\n");
        _world.Write("app/a.sbn", "{{ Who }}{{ for i in 1..3 }}{{ i }}{{ end }}");
        Assert.Equal(0, Validate("app"));
        _world.Write("app/a.sbn", "{{ Who }}\n  {{ for }}");
        Assert.Equal((int)ExitCode.Usage, Validate("app"));
        Assert.Contains("a.sbn:2:", _world.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_of_the_cloud_account_that_a_step_runs_is_no_mistake_where_nothing_is_run()
    {
        _world.Write("outer.yml", """
            schemaVersion: 1.0
            phases:
              - name: build
                steps:
                  - name: Nested
                    action: ExecuteDocument
                    loop: { name: all, forEach: ["arn:aws:imagebuilder:us-east-1:123456789012:component/one/1.0.0/1", "s3://my-bucket/two.yml"] }
                    inputs: { document: "{{ all.value }}", phases: build }

            """);
        Assert.Equal((0, ""), (Validate("outer.yml"), _world.Error));
    }

    [Fact]
    public void Recipes_are_validated_too_when_they_are_named()
    {
        _world.Plans.Add(FakeWorld.PlanOf("web"));
        _world.Write("a.yml", Right);
        Assert.Equal(0, Validate("a.yml", "--recipe=web"));
        Assert.Contains("web 1.0.0: valid", _world.Output, StringComparison.Ordinal);
        Assert.Contains("1 document: 1 right", _world.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--document=a.yml")]
    [InlineData("--keep")]
    [InlineData("--phases=build")]
    public void A_switch_that_the_target_does_not_read_is_refused(string unused)
    {
        Assert.Equal((int)ExitCode.Usage, _world.Run("--target=Plan", unused));
        Assert.Contains("IB7014", _world.Error, StringComparison.Ordinal);
    }

    private int Validate(string path, params string[] more) => _world.Run(["--target=Validate", $"--document={path}", "--no-report", .. more]);
}
