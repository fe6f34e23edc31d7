using System.Globalization;
using System.Text;
using ImageBuilder.Engines.Local;
using ImageBuilder.FileSystems;
using ImageBuilder.Layers;

namespace ImageBuilder.SystemTests.Engine;

/// <summary>The tree that layers' lists make is the one that the kernel shows of the same layers.</summary>
public sealed class ChainTreeTests
{
    private const string First = """
        mkdir -p /t/a/b /t/keep /t/gone /t/turns-file; echo 1 >/t/a/one; ln /t/a/one /t/a/two; ln /t/a/one /t/three; echo x >/t/gone/x; ln -s a /t/link
        mkfifo /t/pipe; echo f >/t/turns-folder; touch /t/turns-file/x; echo old >/t/keep/old; chown -R 33:34 /t/keep; chmod 700 /t/keep
        echo secret >/t/secret; chmod 600 /t/secret; chown 1000:1000 /t/secret; touch -d 2001-02-03 /t/a/one
        """;

    private const string Second = """
        rm -r /t/gone /t/a/b; rm -r /t/keep; mkdir -m 700 /t/keep; echo new >/t/keep/new; chown -R 33:34 /t/keep; echo 2 >>/t/a/two; mv /t/link /t/moved
        rm /t/turns-folder; mkdir /t/turns-folder; touch /t/turns-folder/y; rm -r /t/turns-file; echo f >/t/turns-file; rm -r /usr/share/doc/base-files
        chmod 4755 /t/secret; rm -rf /var/lib/apt; mkdir /var/lib/apt
        """;

    private const string Look = """
        cd /; find etc usr var root t -xdev -printf '%p|%y|%m|%U|%G|%s|%T@|%l\n'
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_removed_replaced_linked_or_closed_is_as_the_kernel_shows_it()
    {
        var build = new TestBuild();
        var chain = await build.ParentAsync(Cancel);
        var epoch = chain.Top!.Layer.Epoch; // the parent image
        using var sandbox = await Sandbox.ForAsync(build.Run, Cancel);
        await using var first = sandbox.Open(chain, epoch);
        var one = await RunAsync(first, chain, First);
        await using var second = sandbox.Open(one, epoch);
        var two = await RunAsync(second, one, Second);
        await using var third = sandbox.Open(two, epoch);
        var shown = new List<string>();
        await third.RunAsync(TestBuild.Step("look", Look), Look, shown.Add, Cancel);

        var lines = await sandbox.ReadAsync(two, tree => Task.FromResult(tree.ToDictionary(n => n.Path, n => Line(n, tree))), Cancel);
        Assert.True(shown.Count > 5000);
        Assert.Equal(shown.Select(s => AsClamped(s, epoch)).Order(StringComparer.Ordinal),
            lines.Where(l => l.Key.Split('/')[0] is "etc" or "usr" or "var" or "root" or "t").Select(l => l.Value).Order(StringComparer.Ordinal));
        var (a, third2) = await sandbox.ReadAsync(two, tree => Task.FromResult((tree.Single(n => n.Path == "t/a/one"), tree.Single(n => n.Path == "t/three"))), Cancel);
        Assert.Equal(("", "t/a/one"), (a.Same, third2.Same));
    }

    private static async Task<LayerChain> RunAsync(SandboxSession session, LayerChain below, string script)
    {
        var output = new List<string>();
        var run = await session.RunAsync(TestBuild.Step("it", script), "set -e\n" + script, output.Add, Cancel);
        Assert.True(run.ExitCode == 0, string.Join('\n', output));
        return below.With(session.Work.Unkept(below.Top!.Layer)); // the parent image at least
    }

    private static string Line(TreeNode node, IReadOnlyList<TreeNode> tree)
    {
        var kind = (node.Mode >> 12) switch { 8 => "f", 4 => "d", 10 => "l", 1 => "p", var other => $"{other}" };
        var size = node.IsFile ? node.Same.Length > 0 ? tree.Single(n => n.Path == node.Same).Size : node.Size : 0;
        var target = Encoding.Latin1.GetString(node.Target);
        return string.Create(CultureInfo.InvariantCulture,
            $"{node.Path}|{kind}|{Convert.ToString(node.Mode & 0xfff, 8)}|{node.Uid}|{node.Gid}|{size}|{node.Written / 1_000_000_000}|{target}");
    }

    private static string AsClamped(string line, long epoch)
    {
        var fields = line.Split('|');
        fields[5] = fields[1] == "f" ? fields[5] : "0";
        fields[6] = $"{Math.Min(long.Parse(fields[6].Split('.')[0], CultureInfo.InvariantCulture), epoch)}";
        return string.Join('|', fields);
    }
}
