using ImageBuilder.Records;

namespace ImageBuilder.Tests.Records;

public sealed class AtomicFileTests
{
    [Fact]
    public async Task Writers_of_one_process_do_not_disturb_each_other()
    {
        var cancel = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("atomic-").FullName;
        try
        {
            var path = Path.Combine(folder, "layer.json");
            await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
            {
                for (var i = 0; i < 25; i++) await AtomicFile.WriteAsync(path, new byte[1000 + writer], cancel);
            }, cancel)));
            Assert.Equal(["layer.json"], Directory.EnumerateFiles(folder).Select(Path.GetFileName));
            Assert.InRange(new FileInfo(path).Length, 1000, 1007);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
