namespace ImageBuilder.Planning;

/// <summary>What is chosen on the command line and enters plans.</summary>
/// <param name="Engine"><c>local</c> or <c>aws</c>.</param>
/// <param name="Artifacts">Folder of the images built so far: decides what the next free version is.</param>
/// <param name="SourceDateEpoch">Unix seconds; null: the date of the package repository is used.</param>
/// <param name="Mirror">Package mirror that replaces the host's own, or null.</param>
public sealed record PlanSettings(string Engine, string Artifacts, long? SourceDateEpoch, string? Mirror);
