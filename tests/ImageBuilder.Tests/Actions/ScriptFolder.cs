using System.Text;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace ImageBuilder.Tests.Actions;

/// <summary>A temporary folder in which rendered scripts are run by bash, with what engines give them.</summary>
internal sealed class ScriptFolder : IDisposable
{
    private static readonly ProgramRunner s_programs = new();

    public string Root { get; } = Directory.CreateTempSubdirectory("imagebuilder-").FullName;

    public string At(string name) => Path.Combine(Root, name);

    /// <summary>The outputs of the steps run last, by file name.</summary>
    public IReadOnlyDictionary<string, string> Outputs { get; private set; } = new Dictionary<string, string>();

    /// <summary>Runs the steps of a document one after another, filling in references as an engine does it; stops at the first that fails.</summary>
    /// <param name="path">Search path for programs, or null for the host's.</param>
    public async Task<ProgramResult> RunAsync(RenderedDocument document, string? path = null)
    {
        Assert.DoesNotContain(document.Problems, p => p.Severity == Severity.Error);
        ProgramResult? last = null;
        var earlier = new Dictionary<string, string>();
        foreach (var (bound, planned) in document.Steps)
        {
            last = await RunAsync(planned.Script.Resolve(r => earlier.GetValueOrDefault(r)), path);
            foreach (var (file, text) in Outputs)
                if (file.Split('.') is [var index, var name]) earlier[$"{bound.Phase}.{bound.Step.Name}.outputs[{index}].{name}"] = text.TrimEnd('\n');
            if (!last.Succeeded) break;
        }

        return last!; // every document here has a step
    }

    public async Task<ProgramResult> RunAsync(string script, string? path = null)
    {
        var outputs = Directory.CreateDirectory(At("outputs"));
        foreach (var old in outputs.EnumerateFiles()) old.Delete();
        await File.WriteAllTextAsync(At("script"), script);
        var environment = new Dictionary<string, string>
        {
            ["IMAGEBUILDER_OUTPUTS"] = outputs.FullName,
            ["IMAGEBUILDER_FILES"] = At("files"),
            ["LC_ALL"] = "C.UTF-8",
        };
        if (path is not null) environment["PATH"] = path;
        var result = await s_programs.RunAsync(new Command("bash", At("script")) { Environment = environment, WorkingDirectory = Root, TimeOut = TimeSpan.FromSeconds(60) },
            TestContext.Current.CancellationToken);
        Outputs = outputs.EnumerateFiles().ToDictionary(f => f.Name, f => Encoding.UTF8.GetString(File.ReadAllBytes(f.FullName)));
        return result;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
