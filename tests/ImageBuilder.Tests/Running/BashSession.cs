using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Processes;
using ImageBuilder.Running;

namespace ImageBuilder.Tests.Running;

/// <summary>A session whose root is this machine: runs scripts with bash in a folder, with what engines give them.</summary>
/// <param name="repository">What paths of files are relative to.</param>
internal sealed class BashSession(string folder, string repository = "") : IImageSession
{
    private static readonly ProgramRunner s_programs = new();

    public int Restarts { get; private set; }

    public async Task<ScriptRun> RunAsync(PlannedStep step, string script, Action<string> line, CancellationToken cancel)
    {
        var (files, outputs) = (Fresh("files"), Fresh("outputs"));
        foreach (var file in step.Files)
        {
            var target = Path.Combine(files, file.Name);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!); // below the files
            if (file.Content is { } text) await File.WriteAllTextAsync(target, text, cancel);
            else File.Copy(Path.Combine(repository, file.Source), target);
        }

        var path = Path.Combine(folder, "script");
        await File.WriteAllTextAsync(path, script, cancel);
        var result = await s_programs.RunAsync(new Command("bash", path)
        {
            Environment = new Dictionary<string, string> { ["IMAGEBUILDER_FILES"] = files, ["IMAGEBUILDER_OUTPUTS"] = outputs, ["LC_ALL"] = "C.UTF-8" },
            WorkingDirectory = folder,
            TimeOut = step.TimeoutSeconds > 0 ? TimeSpan.FromSeconds(step.TimeoutSeconds) : null,
        }, line, cancel);
        var values = Directory.EnumerateFiles(outputs).Select(f => (Path.GetFileName(f), File.ReadAllText(f))).ToList();
        Assert.All(values, v => Assert.InRange(v.Item2.Length, 0, 1 << 20)); // what sessions hand over
        return new ScriptRun(result.ExitCode, result.TimedOut, result.Duration, StepOutputs.Of(values), result.Error);
    }

    public Task RebootAsync(Action<string> line, CancellationToken cancel)
    {
        Restarts++;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private string Fresh(string name)
    {
        var path = Path.Combine(folder, name);
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        return Directory.CreateDirectory(path).FullName;
    }
}
