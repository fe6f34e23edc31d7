using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Tests.Actions;

/// <summary>The tests that share the engine.</summary>
[CollectionDefinition(Name)]
public sealed class InPowerShell : ICollectionFixture<PowerShellEngine>
{
    public const string Name = "PowerShell";
}

/// <summary>A temporary folder in which scripts rendered for Windows are run by PowerShell, with what engines give them.</summary>
internal sealed class PowerShellFolder(PowerShellEngine engine) : IDisposable
{
    private readonly string? _path = Environment.GetEnvironmentVariable("PATH");

    public string Root { get; } = Directory.CreateTempSubdirectory("imagebuilder-").FullName;

    /// <summary>Functions that stand for cmdlets that only Windows has.</summary>
    public string Functions { get; set; } = "";

    public string At(string name) => Path.Combine(Root, name);

    /// <summary>The outputs of the step run last, by file name.</summary>
    public IReadOnlyDictionary<string, string> Outputs { get; private set; } = new Dictionary<string, string>();

    /// <summary>A program that is found before those of the host.</summary>
    public void Pretend(string name, string script)
    {
        var path = Path.Combine(Directory.CreateDirectory(At("bin")).FullName, name);
        File.WriteAllText(path, "#!/bin/bash\n" + script + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Environment.SetEnvironmentVariable("PATH", $"{At("bin")}:{_path}");
    }

    public PowerShellRun Run(string action, string inputs, params IReadOnlyList<(string, string)> values) =>
        Run(RenderedDocument.StepFor("Windows", action, inputs, values));

    /// <summary>Runs the steps of a document one after another, filling in references as an engine does it; stops at the first that fails.</summary>
    public PowerShellRun Run(RenderedDocument document)
    {
        Assert.DoesNotContain(document.Problems, p => p.Severity == Severity.Error);
        PowerShellRun? last = null;
        var earlier = new Dictionary<string, string>();
        foreach (var (bound, planned) in document.Steps)
        {
            last = RunScript(planned.Script.Resolve(r => earlier.GetValueOrDefault(r)));
            foreach (var (file, text) in Outputs)
                if (file.Split('.') is [var index, var name]) earlier[$"{bound.Phase}.{bound.Step.Name}.outputs[{index}].{name}"] = text.TrimEnd('\r', '\n');
            if (last.ExitCode != 0) break;
        }

        return last!; // every document here has a step
    }

    public PowerShellRun RunScript(string script)
    {
        var outputs = Directory.CreateDirectory(At("outputs"));
        foreach (var old in outputs.EnumerateFiles()) old.Delete();
        File.WriteAllBytes(At("script.ps1"), Shell.PowerShell.Encode(script));
        Environment.SetEnvironmentVariable("IMAGEBUILDER_OUTPUTS", outputs.FullName);
        Environment.SetEnvironmentVariable("IMAGEBUILDER_FILES", At("files"));
        var run = engine.Run(At("script.ps1"), Functions);
        // What a script leaves in the pipeline would be shown by PowerShell, in its own way.
        Assert.Empty(run.Piped);
        Outputs = outputs.EnumerateFiles().ToDictionary(f => f.Name, f => System.Text.Encoding.UTF8.GetString(File.ReadAllBytes(f.FullName)));
        return run;
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        Directory.Delete(Root, recursive: true);
    }
}
