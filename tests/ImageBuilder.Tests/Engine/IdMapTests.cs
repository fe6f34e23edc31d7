using ImageBuilder.Engines.Local;

namespace ImageBuilder.Tests.Engine;

public sealed class IdMapTests
{
    [Theory]
    [InlineData("joe:100000:65536", 100000L)]
    [InlineData("other:100000:65536\njoe:165536:65536\n", 165536L)]
    [InlineData("1000:200000:70000", 200000L)]
    [InlineData("joe:100000:1000\njoe:300000:65536", 300000L)]
    [InlineData("joe:100000:1000", null)]
    [InlineData("joey:100000:65536", null)]
    [InlineData("joe:x:65536\n# comment\n\n", null)]
    [InlineData("", null)]
    public void A_user_gets_the_first_range_that_is_large_enough(string text, long? start) =>
        Assert.Equal(start, IdMap.Range(text, "joe", 1000)?.Start);

    [Fact]
    public void Root_inside_is_the_user_outside() => Assert.Equal("newuidmap 42 0 1000 1 1 100000 65536",
        IdMap.Mapping("newuidmap", "42", 1000, (100000, 65536)).ToString());
}
