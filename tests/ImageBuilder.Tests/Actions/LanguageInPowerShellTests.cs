using ImageBuilder.Model;

namespace ImageBuilder.Tests.Actions;

/// <summary>Loops and conditions of documents for Windows, run by PowerShell.</summary>
[Collection(InPowerShell.Name)]
public sealed class LanguageInPowerShellTests(PowerShellEngine engine) : IDisposable
{
    private const string Hostile = "$(New-Item pwned) ; '\"`{{{ x }}}";

    private readonly PowerShellFolder _folder = new(engine);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{ stringEquals: \"{{ build.Ask.outputs.stdout }}\", value: b }", "holds")]
    [InlineData("{ not: { stringEquals: \"{{ build.Ask.outputs.stdout }}\", value: b } }", "does not hold")]
    [InlineData("{ and: [{ numberLessThan: 2, value: 1.5 }, { or: [{ stringIsEmpty: x }, { not: { stringIsEmpty: x } }] }] }", "holds")]
    public void A_condition_leaves_how_it_was_decided(string condition, string expected)
    {
        var document = RenderedDocument.For("Windows", $$"""
            schemaVersion: 1.0
            phases:
              - name: build
                steps:
                  - { name: Ask, action: ExecutePowerShell, inputs: { commands: [b] } }
                  - { name: Step, action: ExecutePowerShell, if: {{condition}}, inputs: { commands: [b] } }
            """);
        Assert.Empty(document.Problems);
        var run = _folder.RunScript(document.Steps[1].Planned.If!.Script.Resolve(_ => "b")); // it has an `if`
        Assert.Equal((0, expected), (run.ExitCode, _folder.Outputs["0." + StepCondition.Output]));
    }

    [Fact]
    public void The_value_of_an_iteration_arrives_as_it_is()
    {
        var document = RenderedDocument.For("Windows", $$$"""
            schemaVersion: 1.0
            phases:
              - name: build
                steps:
                  - name: Write
                    action: CreateFile
                    loop: { forEach: [a] }
                    inputs: [{ path: "{{{_folder.At("file")}}}{{ loop.index }}", content: "<{{ loop.value }}>" }]
            """);
        Assert.Empty(document.Problems);
        var run = _folder.RunScript(document.Steps[0].Script.Resolve(r => r == StepLoop.IndexAt(0) ? "3" : Hostile));
        Assert.Equal((0, $"<{Hostile}>"), (run.ExitCode, File.ReadAllText(_folder.At("file3"))));
    }

    [Theory]
    [InlineData("UTF-16-be", "no\r\n", 1, "00e4")]
    [InlineData("utf8", "ON", 0, "6a61")]
    [InlineData(Hostile, "yes", 1, null)]
    public void Inputs_that_decide_what_a_script_does_may_come_from_earlier_steps(string encoding, string overwrite, int exit, string? content)
    {
        var document = RenderedDocument.For("Windows", $$$"""
            schemaVersion: 1.0
            phases:
              - name: build
                steps:
                  - { name: Encoding, action: ExecutePowerShell, inputs: { commands: [b] } }
                  - { name: Overwrite, action: ExecutePowerShell, inputs: { commands: [b] } }
                  - name: Write
                    action: CreateFile
                    inputs:
                      - { path: "{{{_folder.At("file")}}}", content: "ä", encoding: "{{ build.Encoding.outputs.stdout }}" }
                      - { path: "{{{_folder.At("file")}}}", content: "ja", overwrite: "{{ build.Overwrite.outputs.stdout }}" }
            """);
        Assert.Empty(document.Problems);
        var run = _folder.RunScript(document.Steps[2].Script.Resolve(r => r.Contains("Encoding", StringComparison.Ordinal) ? encoding : overwrite));
        Assert.Equal(exit, run.ExitCode);
        Assert.Equal(content, File.Exists(_folder.At("file")) ? Convert.ToHexStringLower(File.ReadAllBytes(_folder.At("file"))) : null);
        Assert.False(File.Exists(_folder.At("pwned")));
    }
}
