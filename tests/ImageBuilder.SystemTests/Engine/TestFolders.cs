using ImageBuilder.SystemTests.Engine;

[assembly: AssemblyFixture(typeof(TestFolders))]

namespace ImageBuilder.SystemTests.Engine;

/// <summary>Where builds within this process write: removed when all tests have ended.</summary>
public sealed class TestFolders : IDisposable
{
    internal static string Root { get; } = Path.Combine(Path.GetTempPath(), $"imagebuilder-builds-{Environment.ProcessId}");

    public void Dispose()
    {
        if (Directory.Exists(Root)) Directory.Delete(Root, recursive: true);
    }
}
