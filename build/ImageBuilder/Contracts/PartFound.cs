namespace ImageBuilder.Contracts;

/// <summary>What is known of something that an engine makes once and keeps.</summary>
public enum PartState
{
    /// <summary>It is there and can be used.</summary>
    There,

    /// <summary>It is not there.</summary>
    Missing,

    /// <summary>It is there, but was made on a layer that is gone or was made anew since.</summary>
    Unfit,

    /// <summary>It is there, but not as it was made.</summary>
    Damaged,

    /// <summary>It is there, but a layer below it is not: it can be used again once that is made, if that comes out the same.</summary>
    Detached,
}

/// <summary>A part of an image that an engine keeps, as it is before a run: the parent image, a step's layer, a success of validate steps, the seal.</summary>
/// <param name="Stage">The stage that makes it.</param>
/// <param name="Id">As events name it.</param>
/// <param name="Key">The same key stands for the same part; empty for validate steps.</param>
/// <param name="Layer">Id of its layer, where it has one.</param>
public sealed record PartFound(string Stage, string Id, string Key, PartState State, string? Layer = null);
