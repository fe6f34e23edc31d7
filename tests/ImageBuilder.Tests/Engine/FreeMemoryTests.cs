using ImageBuilder.Engines.Local;

namespace ImageBuilder.Tests.Engine;

public sealed class FreeMemoryTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("groups-");

    [Fact]
    public void The_machine_says_what_can_be_had_in_KiB() =>
        Assert.Equal(2048, FreeMemory.OfMachine(["MemTotal:       9 kB", "MemAvailable:       2 kB"]));

    [Theory]
    [InlineData("0::/user/build", "user/build", "memory.max", "memory.current")]
    [InlineData("0::/user/build", "user", "memory.max", "memory.current")] // the group above has the limit
    [InlineData("0::/of/the/host", "", "memory.max", "memory.current")] // a container, which sees its own group as the root
    [InlineData("4:memory:/build", "memory/build", "memory.limit_in_bytes", "memory.usage_in_bytes")]
    public void A_limit_of_any_group_counts_and_files_that_lie_idle_do_not(string line, string group, string limit, string usage)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root.FullName, group)).FullName;
        File.WriteAllText(Path.Combine(folder, limit), "1000\n");
        File.WriteAllText(Path.Combine(folder, usage), "700\n");
        File.WriteAllText(Path.Combine(folder, "memory.stat"), "anon 1\ninactive_file 200\n");
        Assert.Equal(500, FreeMemory.OfGroups(_root.FullName, ["1:cpu:/x", line]));
    }

    [Fact]
    public void No_limit_is_no_limit()
    {
        File.WriteAllText(Path.Combine(_root.FullName, "memory.max"), "max\n");
        File.WriteAllText(Path.Combine(_root.FullName, "memory.current"), "700\n");
        Assert.Equal(long.MaxValue, FreeMemory.OfGroups(_root.FullName, ["0::/"]));
    }

    public void Dispose() => _root.Delete(recursive: true);
}
