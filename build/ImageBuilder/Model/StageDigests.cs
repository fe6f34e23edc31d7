namespace ImageBuilder.Model;

/// <summary>For each stage with a record: SHA-256 (lower-case hex) over all choices that can change what the stage leaves, and over no other.</summary>
/// <param name="Disk">Also what all identifiers on the disk follow from.</param>
/// <param name="Export">Without what single formats depend on besides the disk: their artifacts know that.</param>
public sealed record StageDigests(string Base, string Customize, string Disk, string TestImage, string Export);
