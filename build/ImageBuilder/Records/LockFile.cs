using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ImageBuilder.Model;
using ImageBuilder.Problems;

namespace ImageBuilder.Records;

/// <summary>Reads and writes lock files: one line for each thing that is locked, so that a difference between two versions reads as what changed.</summary>
public static class LockFile
{
    // Versions of packages have plus signs, which nobody wants to read as \\u002B.
    private static readonly LockJson s_json = new(new JsonSerializerOptions(LockJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Path of a recipe's lock, relative to the repository.</summary>
    public static string PathOf(string recipe) => $"recipes/{recipe}/{RecipeLock.FileName}";

    public static string Text(RecipeLock locked)
    {
        var text = new StringBuilder();
        text.Append($"{{\n  \"schema\": {Json(locked.Schema)},\n  \"recipe\": {Json(locked.Recipe)},\n  \"architecture\": {Json(locked.Architecture)},\n");
        text.Append($"  \"parent\": {{\n    \"reference\": {Json(locked.Parent.Reference)},\n    \"digest\": {Json(locked.Parent.Digest)},\n");
        text.Append($"    \"epoch\": {locked.Parent.Epoch},\n");
        List(text, "    ", "repositories", locked.Parent.Repositories, s_json.LockedRepository, "\n  },\n");
        List(text, "  ", "components", locked.Components, s_json.LockedComponent, ",\n");
        List(text, "  ", "packages", locked.Packages, s_json.LockedPackage, ",\n");
        List(text, "  ", "downloads", locked.Downloads, s_json.LockedDownload, ",\n");
        List(text, "  ", "tools", locked.Tools, s_json.LockedTool, "\n}\n");
        return text.ToString();
    }

    /// <returns>True when the file said the same already.</returns>
    public static async Task<bool> WriteAsync(string repository, RecipeLock locked, CancellationToken cancel)
    {
        var path = Path.Combine(repository, PathOf(locked.Recipe));
        var content = Encoding.UTF8.GetBytes(Text(locked));
        if (File.Exists(path) && (await File.ReadAllBytesAsync(path, cancel)).AsSpan().SequenceEqual(content)) return true;
        await AtomicFile.WriteAsync(path, content, cancel);
        return false;
    }

    /// <summary>The lock of a recipe; null, with a problem, when there is none that can be used.</summary>
    public static RecipeLock? Read(string repository, string recipe, ProblemBag problems)
    {
        var shown = PathOf(recipe);
        var path = Path.Combine(repository, shown);
        var fix = $"Run ./build.sh --target=Lock --recipe={recipe}";
        if (!File.Exists(path))
        {
            problems.Add(new Problem("IB2010", $"The recipe `{recipe}` has no lock.", $"--locked builds what `{shown}` says, and there is no such file.",
                $"{fix}, and commit the file.", new Place(shown)));
            return null;
        }

        if (Parse(File.ReadAllBytes(path), out var damage) is not { } locked)
            problems.Add(new Problem("IB2011", $"The lock `{shown}` cannot be read.", damage, $"Get it back from version control, or: {fix}", new Place(shown)));
        else if (locked.Schema != RecipeLock.SchemaVersion)
            problems.Add(new Problem("IB2012", $"The lock `{shown}` is of another schema.", $"It is `{locked.Schema}`; this program reads `{RecipeLock.SchemaVersion}`.",
                $"Use the version of the program that wrote it, or: {fix}", new Place(shown)));
        else if (locked.Recipe != recipe)
            problems.Add(new Problem("IB2013", $"The lock `{shown}` belongs to the recipe `{locked.Recipe}`.", "It was copied or renamed.", fix, new Place(shown)));
        else return locked;
        return null;
    }

    private static RecipeLock? Parse(byte[] content, out string damage)
    {
        try
        {
            // Of another schema nothing but that is known.
            using var document = JsonDocument.Parse(content);
            damage = "It has no key `schema`.";
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("schema", out var schema)) return null;
            if (schema.ToString() is { } other && other != RecipeLock.SchemaVersion)
                return new RecipeLock { Schema = other, Recipe = "", Architecture = "", Parent = new LockedParent("", "", 0, []) };
            var locked = document.RootElement.Deserialize(LockJson.Default.RecipeLock);
            damage = "It lacks something.";
            return locked is { Parent.Repositories: not null, Components: not null, Packages: not null, Downloads: not null, Tools: not null } ? locked : null;
        }
        catch (JsonException e)
        {
            damage = e.Message;
            return null;
        }
    }

    private static void List<T>(StringBuilder text, string indent, string name, IReadOnlyList<T> entries, JsonTypeInfo<T> type, string end)
    {
        text.Append(indent).Append($"\"{name}\": [");
        foreach (var (index, entry) in entries.Index())
            text.Append(index == 0 ? "\n" : ",\n").Append(indent).Append("  ").Append(JsonSerializer.Serialize(entry, type));
        if (entries.Count > 0) text.Append('\n').Append(indent);
        text.Append(']').Append(end);
    }

    private static string Json(string text) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"";
}

/// <summary>Lock files as JSON: unknown and missing keys are damage.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RecipeLock))]
internal sealed partial class LockJson : JsonSerializerContext;
