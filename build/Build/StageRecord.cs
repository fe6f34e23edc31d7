using ImageBuilder.Model;
using ImageBuilder.Records;

namespace Build;

/// <summary>What one stage leaves for the next, and the target to run when it is not there.</summary>
/// <param name="DigestOf">The digest that it carries.</param>
public sealed record StageRecord<T>(string File, string Target, Func<Plan, string> DigestOf) where T : class, IStageRecord
{
    public Task<T> ReadAsync(RecipeBuild build, CancellationToken cancel) =>
        RecordFiles.ReadAsync<T>(build.Folder, File, build.Plan, DigestOf(build.Plan), Target, cancel);

    public Task WriteAsync(RecipeBuild build, T record, CancellationToken cancel) =>
        RecordFiles.WriteAsync(build.Folder, File, record, cancel);

    /// <summary>The record that an earlier run has left, of whatever plan; null: none.</summary>
    public Task<T?> LastAsync(RecipeBuild build, CancellationToken cancel) =>
        RecordFiles.TryReadAsync<T>(Path.Combine(build.Folder, File), $"Run ./build.sh --target={Target} --recipe={build.Plan.Recipe}", cancel);

    /// <summary>The record if there is one of this plan; null when there is none or it is another plan's.</summary>
    public async Task<T?> FindAsync(RecipeBuild build, CancellationToken cancel)
    {
        var record = await LastAsync(build, cancel);
        return record?.Plan == DigestOf(build.Plan) ? record : null;
    }

    /// <summary>True where a file is as the record found it: the same size, and not written after the record was.</summary>
    public bool StillHas(RecipeBuild build, string file, long size) => RecordFiles.StillHas(build.Folder, File, file, size);
}
