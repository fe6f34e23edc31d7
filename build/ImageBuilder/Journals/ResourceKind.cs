namespace ImageBuilder.Journals;

/// <summary>What a run can make in a cloud. In the order in which leftovers are removed: what uses others comes first.</summary>
public enum ResourceKind
{
    /// <summary>A task of VM Import/Export.</summary>
    Transfer,

    Instance,

    SecurityGroup,

    /// <summary>A version of a launch template; its id is <c>lt-…/3</c>.</summary>
    TemplateVersion,

    /// <summary>What accounts share with each other; its id is an ARN.</summary>
    Share,

    /// <summary>A machine image, with the snapshots that were made with it.</summary>
    Image,

    Snapshot,

    /// <summary>A file in S3; its id is <c>bucket/key</c>.</summary>
    StoredObject,
}
