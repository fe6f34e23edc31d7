using System.Management.Automation.Language;
using System.Text.Json;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Planning;
using ImageBuilder.Tests.Planning;

namespace ImageBuilder.Tests.Actions;

/// <summary>The scripts of every module for Windows, read by PowerShell's own parser: they hold for Windows PowerShell 5.1 too.</summary>
public sealed class PowerShellSyntaxTests
{
    private const string Hostile = "'; throw 'pwned' #\u2018\u2019\u201a\u201b\u201c\u201d\"`$(throw)\n'@\n\u2019@\n@'{{ x }} é漢😀\ufeff";

    // What PowerShell itself brings; the two last ones are only called where Windows is.
    private static readonly string[] s_commands = ["Set-StrictMode", "New-Object", "Get-AuthenticodeSignature"];

    private static readonly Dictionary<string, string> s_accelerators = new(StringComparer.OrdinalIgnoreCase)
    {
        ["string"] = "System.String",
        ["int"] = "System.Int32",
        ["bool"] = "System.Boolean",
        ["long"] = "System.Int64",
        ["byte"] = "System.Byte",
        ["char"] = "System.Char",
        ["decimal"] = "System.Decimal",
        ["object"] = "System.Object",
        ["regex"] = "System.Text.RegularExpressions.Regex",
        ["type"] = "System.Type",
        ["cultureinfo"] = "System.Globalization.CultureInfo",
        ["void"] = "System.Void",
        ["double"] = "System.Double",
    };

    private static readonly Lazy<NetFramework> s_framework = new(() => new NetFramework());

    public static TheoryData<string> Modules => [.. Catalog<IActionModule>.All.Where(a => a.Platforms.Contains("Windows") && !a.RunsDocument).Select(a => a.Name)];

    [Theory, MemberData(nameof(Modules))]
    public void A_script_is_parsed_whatever_its_values_are(string module)
    {
        var scripts = Scripts(module).ToList();
        Assert.NotEmpty(scripts);
        foreach (var script in scripts)
        {
            Assert.Equal([], Errors(script.Resolve(_ => Hostile)).Select(e => $"{e}: {script}"));
        }
    }

    [Theory, MemberData(nameof(Modules))]
    public void A_script_uses_nothing_that_Windows_PowerShell_does_not_have(string module)
    {
        foreach (var script in Scripts(module))
        {
            var ast = Parse(script.ToString(), out _);
            var own = ast.FindAll(a => a is FunctionDefinitionAst, true).Select(a => ((FunctionDefinitionAst)a).Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
            Assert.Equal([], ast.FindAll(a => true, true).Select(a => Objection(a, own)).OfType<string>());
        }
    }

    [Fact]
    public void It_can_read_what_starts_the_program() => Assert.Empty(Errors(File.ReadAllText(Path.Combine(TestRepository.OfOurs(), "build.ps1"))));

    [Fact]
    public void The_check_finds_what_is_new()
    {
        string[] news =
        [
            "true && 1", "$a ?? 1", "$a ? 1 : 2", "$a ??= 1", "${a}?.b", "${a}?[0]", "Get-Item x", "1 & ", "[System.IO.Path]::EndsInDirectorySeparator('x')",
            "[System.Text.Json.JsonDocument]", "[string]::Join('a', 'b', 1, 2, 3, 4, 5)", "[array]::Empty[int]()", "$x.Ordered()", "1uy", "\"`u{61}\"", "[System.HashCode]::new()",
        ];
        Assert.Equal([], news.Where(text => Parse(text, out _).FindAll(a => true, true).Select(a => Objection(a, [])).OfType<string>().FirstOrDefault() is null).ToList());
    }

    /// <summary>What PowerShell's parser says against a script.</summary>
    internal static IEnumerable<string> Errors(string script)
    {
        Parse(script, out var errors);
        return errors.Select(e => $"{e.Message} (line {e.Extent.StartLineNumber})");
    }

    private static ScriptBlockAst Parse(string text, out ParseError[] errors) => Parser.ParseInput(text, out _, out errors);

    private static string? Objection(Ast ast, HashSet<string> own) => ast switch
    {
        PipelineChainAst or TernaryExpressionAst or PipelineBaseAst { Extent.Text: ['&', ..] } or PipelineAst { Background: true } => ast.ToString(),
        BinaryExpressionAst { Operator: TokenKind.QuestionQuestion } or AssignmentStatementAst { Operator: TokenKind.QuestionQuestionEquals } => ast.ToString(),
        MemberExpressionAst { NullConditional: true } or IndexExpressionAst { NullConditional: true } => ast.ToString(),
        InvokeMemberExpressionAst { GenericTypeArguments.Count: > 0 } => ast.ToString(),
        ConstantExpressionAst { Value: sbyte or byte or short or ushort or uint or ulong or System.Numerics.BigInteger } => ast.ToString(),
        ExpandableStringExpressionAst { Extent.Text: var text } when text.Contains("`u{", StringComparison.Ordinal) => text,
        StringConstantExpressionAst { StringConstantType: StringConstantType.DoubleQuoted, Extent.Text: var text } when text.Contains("`u{", StringComparison.Ordinal) => text,
        CommandAst command when !s_commands.Contains(command.GetCommandName()) && !own.Contains(command.GetCommandName() ?? "") => ast.ToString(),
        TypeExpressionAst type when !IsKnown(type.TypeName) => ast.ToString(),
        TypeConstraintAst type when !IsKnown(type.TypeName) => ast.ToString(),
        InvokeMemberExpressionAst call when !IsKnown(call, call.Arguments?.Count ?? 0) => ast.ToString(),
        MemberExpressionAst { Static: true } member when member is not InvokeMemberExpressionAst && !IsKnown(member, null) => ast.ToString(),
        _ => null,
    };

    private static bool IsKnown(ITypeName type) => s_framework.Value.HasType(FullName(type));

    private static bool IsKnown(MemberExpressionAst member, int? arguments) => member switch
    {
        { Member: not StringConstantExpressionAst } => false,
        { Static: true, Expression: TypeExpressionAst { TypeName.IsArray: true }, Member: StringConstantExpressionAst { Value: "new" } } => true,
        { Static: true, Expression: TypeExpressionAst type } => s_framework.Value.Has(FullName(type.TypeName), ((StringConstantExpressionAst)member.Member).Value, arguments),
        // Of objects the parser does not know the type; those of COM have methods of their own.
        { Static: false } => ((StringConstantExpressionAst)member.Member).Value is var name
            && (s_framework.Value.HasAnywhere(name, arguments) || s_others.Contains(name)),
        _ => false,
    };

    // Methods of the host, and of Windows Update's objects.
    private static readonly string[] s_others =
    [
        "WriteLine", "WriteErrorLine", "Write", "CreateUpdateSearcher", "CreateUpdateDownloader", "CreateUpdateInstaller", "Search", "AcceptEula", "Download",
        "Install", "GetUpdateResult", "Item",
    ];

    private static string FullName(ITypeName type)
    {
        var name = type is ArrayTypeName array ? array.ElementType.FullName : type.FullName;
        return s_accelerators.GetValueOrDefault(name, name);
    }

    /// <summary>Scripts with every input, with the necessary ones only, and with references to outputs.</summary>
    private static IEnumerable<Script> Scripts(string name)
    {
        var module = Catalog<IActionModule>.All.First(a => a.Name == name);
        foreach (var choose in new Func<ActionInput, bool>[] { i => !i.NotOnWindows, i => i.Required })
            foreach (var variant in Variants(module))
                foreach (var value in new[] { "{{ Par }}", "{{ build.Ask.outputs.content }}" })
                {
                    var inputs = module.Inputs.Where(i => choose(i) || variant.ContainsKey(i.Name)).Where(i => variant.GetValueOrDefault(i.Name, "") is not null)
                        .ToDictionary(i => i.Name, i => variant.GetValueOrDefault(i.Name) ?? Value(i, value));
                    object given = module.Inputs.Any(i => i.Type == InputType.Condition) ? inputs["condition"] : inputs;
                    var document = RenderedDocument.For("Windows", $$$"""
                        schemaVersion: 1.0
                        parameters: [{ Par: { type: string } }]
                        phases:
                          - name: build
                            steps:
                              - { name: Ask, action: ReadFile, inputs: [{ path: C:\x }] }
                              - name: Step
                                action: {{{name}}}
                                inputs: {{{JsonSerializer.Serialize(module.Form == InputForm.List ? new[] { given, given } : given)}}}
                        """, values: [("Par", Hostile)]);
                    Assert.Empty(document.Problems.Where(p => p.Severity == Problems.Severity.Error).Select(p => p.ToString()));
                    foreach (var step in document.Steps) yield return step.Script;
                }
    }

    // Inputs that exclude each other, or must be known: null leaves one out.
    private static IEnumerable<Dictionary<string, object?>> Variants(IActionModule module) => module.Name switch
    {
        "ExecutePowerShell" => [new() { ["commands"] = null, ["file"] = "C:\\it's.ps1" }, new() { ["commands"] = new[] { "a\n\u2019@\n" }, ["file"] = null },
            new() { ["commands"] = new[] { "it's", "b" }, ["file"] = null }, new() { ["commands"] = new[] { "'{{ build.Ask.outputs.content }}'" }, ["file"] = null }],
        "SetRegistry" => [new() { ["path"] = "HKLM:\\it's", ["type"] = "MULTI_SZ" }, new() { ["path"] = "HKLM:\\it's", ["type"] = "SZ", ["value"] = "{{ Par }}" },
            new() { ["path"] = "HKLM:\\it's", ["type"] = "DWORD", ["value"] = "{{ build.Ask.outputs.content }}" }],
        "InstallMSI" or "UninstallMSI" => [new() { ["path"] = "C:\\it's", ["logOptions"] = "*v", ["properties"] = new Dictionary<string, string> { ["A"] = "{{ Par }}" } }],
        _ => [[]],
    };

    private static object Value(ActionInput input, string value) => input.Type switch
    {
        InputType.Path or InputType.SourcePath => "C:\\" + value,
        InputType.ObjectAddress => "s3://my-bucket/it's",
        InputType.Address => "https://example.org/it's",
        InputType.Encoding => "utf-16",
        InputType.Boolean => true,
        InputType.Number => 3,
        InputType.Choice => input.Choices![0], // a choice has choices
        InputType.Texts or InputType.Values or InputType.Commands => new[] { value, "b" },
        InputType.Condition => Condition(value),
        _ => value,
    };

    // Every operator, in every kind of junction.
    private static Dictionary<string, object> Condition(string value) => new()
    {
        ["or"] = new object[]
        {
            new Dictionary<string, object> { ["and"] = ConditionReader.Single.Select(o => new Dictionary<string, string> { [o] = value }) },
            new Dictionary<string, object> { ["not"] = new Dictionary<string, object> { ["and"] =
                ConditionReader.Comparing.Select(o => new Dictionary<string, string> { [o] = value, ["value"] = value }) } },
            new Dictionary<string, object> { ["and"] = ConditionReader.Hashing.Select(o => new Dictionary<string, string> { [o] = value, ["path"] = value }) },
        },
    };
}
