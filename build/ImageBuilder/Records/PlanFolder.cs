using System.Text.Json;
using ImageBuilder.Model;

namespace ImageBuilder.Records;

/// <summary>A plan as people can read it: <c>plan.json</c>, and each rendered script in <c>scripts/</c>.</summary>
public static class PlanFolder
{
    public const string Scripts = "scripts";

    /// <summary>Writes what differs from what is there, and removes scripts of another plan.</summary>
    /// <returns>True when everything was there already.</returns>
    public static async Task<bool> WriteAsync(Plan plan, string folder, CancellationToken cancel)
    {
        var files = FilesOf(plan);
        var same = true;
        foreach (var (name, content) in files)
        {
            if (await AtomicFile.WriteChangedAsync(Path.Combine(folder, name), content, cancel)) same = false;
        }

        var scripts = new DirectoryInfo(Path.Combine(folder, Scripts));
        if (!scripts.Exists) return same;
        foreach (var stale in scripts.EnumerateFiles().Where(f => !files.ContainsKey($"{Scripts}/{f.Name}"))) stale.Delete();
        return same;
    }

    private static Dictionary<string, byte[]> FilesOf(Plan plan)
    {
        var files = plan.Build.Concat(plan.Validate).Concat(plan.Test).Index()
            .SelectMany(step => ScriptsOf(step.Item, $"{step.Index + 1:000}-{step.Item.Phase}-{Safe(step.Item.Component)}"))
            .ToDictionary(s => $"{Scripts}/{s.Name}{s.Script.Shell.Extension()}", s => s.Script.Shell.Encode(s.Script.ToString()));
        files[RecordFiles.PlanFile] = JsonSerializer.SerializeToUtf8Bytes(plan, RecordJson.Default.Plan);
        return files;
    }

    // With the script of its condition, and those of the steps that it runs.
    private static IEnumerable<(string Name, Script Script)> ScriptsOf(PlannedStep step, string prefix)
    {
        var name = $"{prefix}-{Safe(step.Name)}";
        if (step.If is { } condition) yield return ($"{name}.if", condition.Script);
        yield return (name, step.Script);
        foreach (var (index, inner) in step.Documents.SelectMany(d => d.Phases).SelectMany(p => p.Steps).Index())
            foreach (var script in ScriptsOf(inner, $"{name}-{index + 1:000}-{inner.Phase}")) yield return script;
    }

    // Step names are free text.
    private static string Safe(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '_'));
}
