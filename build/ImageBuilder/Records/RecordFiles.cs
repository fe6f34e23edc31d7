using System.Text.Json;
using System.Text.Json.Serialization;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Records;

/// <summary>Reads and writes plans and records: indented JSON, written to a temporary file, flushed and renamed.</summary>
public static class RecordFiles
{
    public const string PlanFile = "plan.json";
    public const string BaseFile = "base.json";
    public const string CustomizeFile = "customize.json";
    public const string DiskFile = "disk.json";
    public const string TestFile = "test.json";
    public const string ExportFile = "export.json";
    public const string ManifestFile = "manifest.json";
    public const string DistributionFile = "distribution.json";
    public const string PromotionFile = "promotion.json";
    public const string ForecastFile = "forecast.json";
    public const string InputsFile = "inputs.json";

    /// <summary>Reads a record and checks that it belongs to this plan.</summary>
    /// <param name="digest">The plan's for the stage that writes it.</param>
    /// <param name="target">The target that writes it: named in the fix when it is missing or foreign.</param>
    public static async Task<T> ReadAsync<T>(string folder, string file, Plan plan, string digest, string target, CancellationToken cancel)
        where T : class, IStageRecord
    {
        var fix = $"Run ./build.sh --target={target} --recipe={plan.Recipe}";
        var path = Path.Combine(folder, file);
        var record = await TryReadAsync<T>(path, fix, cancel);
        Check(record?.Plan, digest, target, path, fix);
        return record!; // checked
    }

    /// <summary>Checks that the plan kept in the folder is this plan.</summary>
    public static async Task CheckPlanAsync(string folder, Plan plan, string target, CancellationToken cancel)
    {
        var fix = $"Run ./build.sh --target={target} --recipe={plan.Recipe}";
        var path = Path.Combine(folder, PlanFile);
        Check((await TryReadAsync<Plan>(path, fix, cancel))?.Digest, plan.Digest, target, path, fix);
    }

    private static void Check(string? digest, string wanted, string target, string path, string fix)
    {
        if (digest is null)
            throw Refuse("IB2001", $"The record `{path}` does not exist.", $"Target {target} has not been run for this image.",
                fix, path);
        if (digest != wanted)
            throw Refuse("IB2002", $"The record `{path}` belongs to another plan.",
                $"It speaks of plan {Short(digest)}, now it is {Short(wanted)}: recipe or components have changed.",
                fix, path);
    }

    /// <summary>Reads a record, or null when the file does not exist. Unreadable content is a problem (IB2003).</summary>
    public static async Task<T?> TryReadAsync<T>(string path, string fix, CancellationToken cancel) where T : class
    {
        if (!File.Exists(path)) return null;
        try
        {
            await using var stream = File.OpenRead(path);
            return (T?)await JsonSerializer.DeserializeAsync(stream, typeof(T), RecordJson.Default, cancel)
                ?? throw new JsonException("It holds `null`.");
        }
        catch (JsonException e)
        {
            throw Refuse("IB2003", $"The record `{path}` cannot be read.", e.Message, fix, path);
        }
    }

    /// <summary>True where a file is as its record found it: the same size, and not written after the record was.</summary>
    public static bool StillHas(string folder, string record, string file, long size)
    {
        var found = new FileInfo(Path.Combine(folder, file));
        return found.Exists && found.Length == size && found.LastWriteTimeUtc <= File.GetLastWriteTimeUtc(Path.Combine(folder, record));
    }

    public static async Task WriteAsync<T>(string folder, string file, T record, CancellationToken cancel) where T : class
    {
        var path = Path.Combine(folder, file);
        await AtomicFile.WriteAsync(path, JsonSerializer.SerializeToUtf8Bytes(record, typeof(T), RecordJson.Default), cancel);
    }

    private static string Short(string digest) => digest.Length > 12 ? digest[..12] : digest;

    private static ProblemException Refuse(string code, string what, string why, string fix, string path) =>
        new(ExitCode.Usage, new Problem(code, what, why, fix, new Place(path)));
}

/// <summary>Everything that is kept as JSON; generated ahead because reflection costs start-up time.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, NewLine = "\n", PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Plan))]
[JsonSerializable(typeof(Based))]
[JsonSerializable(typeof(Customized))]
[JsonSerializable(typeof(DiskMade))]
[JsonSerializable(typeof(Tested))]
[JsonSerializable(typeof(Exported))]
[JsonSerializable(typeof(Manifest))]
[JsonSerializable(typeof(Distributed))]
[JsonSerializable(typeof(Promoted))]
[JsonSerializable(typeof(BuildInputs))]
[JsonSerializable(typeof(Forecast))]
[JsonSerializable(typeof(StepTimes))]
public sealed partial class RecordJson : JsonSerializerContext;
