using System.Globalization;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Records;

namespace ImageBuilder.Forecasting;

/// <summary>What enters each part of a build, by names that people know.</summary>
public static class PlanInputs
{
    // What stays of a value in the record and on the screen; the rest is known by its digest.
    private const int LongestValue = 500;

    /// <param name="tools">Of the machine, for the disk.</param>
    public static BuildInputs Of(Plan plan, string tools) => new(plan.Recipe, plan.Version,
    [
        new PartInputs("Base", plan.Parent.Reference, plan.Parent.Key, plan.Parent.Inputs),
        .. plan.Build.Select(s => new PartInputs("Customize", s.Id, s.Key, Of(s))),
        .. plan.Validate.Select(s => new PartInputs("Customize", s.Id, plan.Stages.Customize, Of(s))),
        new PartInputs("Customize", Forecaster.Seal, plan.Stages.Disk, Disk(plan)),
        new PartInputs("Disk", "Disk", plan.Stages.Disk, With(Disk(plan), "tools", tools)),
        .. plan.Disk.Firmware.Select(firmware => new PartInputs("TestImage", firmware, plan.Stages.TestImage, Tests(plan))),
        .. plan.Outputs.Select(format => new PartInputs("Export", format, plan.Stages.Export, Format(plan, format))),
    ]);

    /// <summary>Everything that decides what a step does; what stands in its documents has their steps before its name.</summary>
    public static IReadOnlyDictionary<string, string> Of(PlannedStep step)
    {
        var inputs = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Add(inputs, "", step);
        return inputs;
    }

    private static void Add(SortedDictionary<string, string> inputs, string before, PlannedStep step)
    {
        foreach (var (name, value) in step.Values) inputs[before + name] = Short(value);
        inputs[before + "script"] = step.Script.Body.ToString();
        foreach (var file in step.Files)
            inputs[$"{before}file {file.Name}"] = string.Create(CultureInfo.InvariantCulture,
                $"sha256 {file.Digest[..12]} ({file.Size} bytes, mode {Convert.ToString(file.Mode, 8)})");
        foreach (var secret in step.Secrets) inputs[$"{before}secret {secret.Name}"] = $"version {secret.Version}";
        foreach (var pinned in step.Objects) inputs[$"{before}object {pinned.Address}"] = pinned.Tag;
        if (step.If is { } condition) (inputs[before + "condition"], inputs[before + "then"], inputs[before + "else"]) =
            (condition.Script.Body.ToString(), condition.Then.ToString(), condition.Else.ToString());
        if (step.Loop is { } loop) inputs[before + "loop"] = Short(loop.ToString());
        if (step.OnFailure == OnFailure.Ignore)
            (inputs[before + "onFailure"], inputs[before + "timeoutSeconds"], inputs[before + "maxAttempts"]) =
                ("Ignore", Number(step.TimeoutSeconds), Number(step.MaxAttempts));
        foreach (var (number, document) in step.Documents.Index())
            foreach (var inner in document.Phases.SelectMany(p => p.Steps))
                Add(inputs, $"{before}{(step.Documents.Count > 1 ? $"{document.Name} {number + 1}" : document.Name)}/{inner.Phase}/{inner.Name}: ", inner);
    }

    private static SortedDictionary<string, string> Disk(Plan plan) => new(StringComparer.Ordinal)
    {
        ["recipe's name"] = plan.Recipe,
        ["version"] = plan.Version,
        ["disk size"] = string.Create(CultureInfo.InvariantCulture, $"{plan.Disk.Size >> 20} MiB"),
        ["file system"] = plan.Disk.FileSystem,
        ["SOURCE_DATE_EPOCH"] = plan.SourceDateEpoch is { } epoch ? Number(epoch) : "not set",
    };

    private static SortedDictionary<string, string> Tests(Plan plan)
    {
        var inputs = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["firmware"] = string.Join(", ", plan.Disk.Firmware) };
        foreach (var step in plan.Test) Add(inputs, $"{step.Id}: ", step);
        return inputs;
    }

    private static Dictionary<string, string> Format(Plan plan, string format) =>
        Catalog<IImageFormat>.All.FirstOrDefault(f => f.Name == format)?.InputsOf(plan) is { Length: > 0 } inputs ? new() { ["from the recipe"] = Short(inputs) } : [];

    private static SortedDictionary<string, string> With(SortedDictionary<string, string> inputs, string name, string value)
    {
        inputs[name] = value;
        return inputs;
    }

    private static string Short(string value) => value.Length <= LongestValue ? value
        : $"{value[..LongestValue]}… sha256 {Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(value)))[..12]}";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
