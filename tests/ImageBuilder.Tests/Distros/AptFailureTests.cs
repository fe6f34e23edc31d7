using ImageBuilder.Distros;

namespace ImageBuilder.Tests.Distros;

public sealed class AptFailureTests
{
    [Theory]
    [InlineData("E: Failed to fetch http://mirror/x  Could not resolve 'mirror'", "IB4003")]
    [InlineData("  Temporary failure resolving 'mirror'", "IB4003")]
    [InlineData("W: Failed to fetch http://mirror/x  Could not connect to mirror:80 - connect (113: No route to host)", "IB4003")]
    [InlineData("E: Failed to fetch http://mirror/debian/dists/bookworm/InRelease  404  Not Found [IP: 192.0.2.1 80]", "IB4004")]
    [InlineData("E: The repository 'http://mirror bookworm Release' does not have a Release file.", "IB4004")]
    [InlineData("W: GPG error: http://mirror bookworm InRelease: The following signatures couldn't be verified: NO_PUBKEY 0E98404D386FA1D9", "IB4005")]
    [InlineData("E: The repository 'http://mirror bookworm InRelease' is not signed.", "IB4005")]
    [InlineData("dpkg: error processing package base-files (--configure):", null)]
    public void Messages_of_apt_become_problems_with_a_cause(string output, string? code) =>
        Assert.Equal(code, AptFailure.Explain("debian", "bookworm", $"I: running apt-get update...\n{output}\n")?.Code);
}
