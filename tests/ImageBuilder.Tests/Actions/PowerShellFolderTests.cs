namespace ImageBuilder.Tests.Actions;

/// <summary>What the scripts rendered for Windows do with files, folders, links and lists, run by PowerShell on this machine.</summary>
[Collection(InPowerShell.Name)]
public sealed class PowerShellFolderTests : IDisposable
{
    private readonly PowerShellFolder _folder;

    public PowerShellFolderTests(PowerShellEngine engine)
    {
        _folder = new PowerShellFolder(engine);
        foreach (var file in new[] { "a/.hidden", "a/sub/x.conf", "ab/y.conf", "ab/[z].conf", "z.log", "y.log" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(In(file))!); // below the root
            File.WriteAllText(In(file), file);
        }

        File.SetAttributes(In("a/sub/x.conf"), FileAttributes.ReadOnly);
    }

    [Fact]
    public void CopyFile_copies_into_folders_and_over_files()
    {
        Ok("CopyFile", $$"""[{ "source": "{{In("*.LOG")}}", "destination": "{{In("out/d/")}}" }, { "source": "{{In("ab/[z].conf")}}", "destination": "{{In("out/e")}}" }]""");
        Assert.Equal(["y.log", "z.log"], Names("out/d"));
        Assert.Equal("ab/[z].conf", Read("out/e"));
        Ok("CopyFile", $$"""[{ "source": "{{In("a/sub/x.conf")}}", "destination": "{{In("out/e")}}" }, { "source": "{{In("ab/*]*")}}", "destination": "{{In("out/f/")}}" }]""");
        Ok("CopyFile", $$"""[{ "source": "{{In("z.log")}}", "destination": "{{In("out/e")}}" }]""");
        Assert.Equal(["[z].conf"], Names("out/f"));
        Assert.Equal("z.log", Read("out/e"));
        Fails("CopyFile", $$"""[{ "source": "{{In("z.log")}}", "destination": "{{In("out/e")}}", "overwrite": false }]""", "exists already");
        Fails("CopyFile", $$"""[{ "source": "{{In("z.log")}}", "destination": "{{In("out")}}" }]""", "end it with a separator");
        Fails("CopyFile", $$"""[{ "source": "{{In("none")}}", "destination": "{{In("out/")}}" }]""", $"there is no file {In("none")}");
        Fails("CopyFile", $$"""[{ "source": "{{In("*.none")}}", "destination": "{{In("out/")}}" }]""", $"there is no file {In("*.none")}");
        Fails("CopyFile", $$"""[{ "source": "{{In("a")}}", "destination": "{{In("out/")}}" }]""", "there is no file");
        Fails("CopyFile", $$"""[{ "source": "{{In("none/*")}}", "destination": "{{In("out/")}}" }]""", "there is no file");
    }

    [Fact]
    public void CopyFile_copies_a_file_of_the_component()
    {
        Directory.CreateDirectory(In("files"));
        File.WriteAllText(In("files/app.conf"), "x");
        File.WriteAllText(In("component.yml"), "");
        var run = _folder.Run(RenderedDocument.For("Windows", $$"""
            schemaVersion: 1.0
            phases:
              - name: build
                steps:
                  - { name: Copy, action: CopyFile, inputs: [{ source: app.conf, destination: "{{In("copied")}}" }] }
            """, In("files")));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal("x", Read("copied"));
    }

    [Fact]
    public void CopyFolder_copies_the_content_or_into_a_folder()
    {
        Ok("CopyFolder", $$"""[{ "source": "{{In("a")}}", "destination": "{{In("new/copy")}}" }, { "source": "{{In("a*")}}", "destination": "{{In("into/")}}" }]""");
        Assert.Equal(("a/sub/x.conf", "a/.hidden", "ab/y.conf"), (Read("new/copy/sub/x.conf"), Read("into/a/.hidden"), Read("into/ab/y.conf")));
        Ok("CopyFolder", $$"""[{ "source": "{{In("ab/")}}", "destination": "{{In("new/copy")}}" }]""");
        Assert.Equal(["[z].conf", "y.conf"], Names("new/copy"));
        Fails("CopyFolder", $$"""[{ "source": "{{In("a")}}", "destination": "{{In("new/copy")}}", "overwrite": false }]""", "exists already");
        Fails("CopyFolder", $$"""[{ "source": "{{In("a/sub")}}", "destination": "{{In("a")}}" }]""", "holds the source");
        Fails("CopyFolder", $$"""[{ "source": "{{In("a")}}", "destination": "{{In("a/b/c")}}" }]""", "lies in the source");
        Fails("CopyFolder", $$"""[{ "source": "{{In("a")}}", "destination": "{{In("a")}}" }]""", "holds the source");
        Ok("CopyFolder", $$"""[{ "source": "{{In("a*")}}", "destination": "{{In("one")}}" }]""");
        Assert.Equal("ab/y.conf", Read("one/ab/y.conf"));
        Fails("CopyFolder", $$"""[{ "source": "{{In("z.log")}}", "destination": "{{In("b")}}" }]""", "there is no folder");
        Fails("CopyFolder", $$"""[{ "source": "{{In("a")}}", "destination": "{{In("z.log")}}" }]""", "is not a folder");
        Assert.Equal("a/sub/x.conf", Read("a/sub/x.conf"));
    }

    [Fact]
    public void MoveFolder_and_MoveFile_leave_nothing_behind()
    {
        Ok("MoveFolder", $$"""[{ "source": "{{In("ab")}}", "destination": "{{In("a")}}" }]""");
        Assert.Equal("ab/y.conf", Read("a/y.conf"));
        Assert.False(Directory.Exists(In("ab")) || Directory.Exists(In("a/sub")));
        Ok("MoveFile", $$"""[{ "source": "{{In("*.log")}}", "destination": "{{In("logs/")}}" }]""");
        Assert.False(File.Exists(In("z.log")));
        Assert.Equal("y.log", Read("logs/y.log"));
        Fails("MoveFile", $$"""[{ "source": "{{In("logs/y.log")}}", "destination": "{{In("logs/z.log")}}", "overwrite": false }]""", "exists already");
        Ok("MoveFile", $$"""
            [{ "source": "{{In("logs/y.log")}}", "destination": "{{In("logs/z.log")}}" }, { "source": "{{In("logs/z.log")}}", "destination": "{{In("logs/z.log")}}" }]
            """);
        Assert.Equal("y.log", Read("logs/z.log"));
        Fails("MoveFile", $$"""[{ "source": "{{In("none")}}", "destination": "{{In("x")}}" }]""", "there is no file");
        Fails("MoveFolder", $$"""[{ "source": "{{In("no*")}}", "destination": "{{In("x/")}}" }]""", "there is no folder");
    }

    [Fact]
    public void CreateFolder_replaces_what_is_there_unless_told_otherwise()
    {
        Ok("CreateFolder", $$"""[{ "path": "{{In("n/b")}}" }]""");
        File.WriteAllText(In("n/b/file"), "x");
        Fails("CreateFolder", $$"""[{ "path": "{{In("n/b")}}", "overwrite": false }]""", "exists already");
        Ok("CreateFolder", $$"""[{ "path": "{{In("n/b")}}" }]""");
        Assert.Empty(Names("n/b"));
        Fails("CreateFolder", """[{ "path": "/" }]""", "root folder");
        Fails("CreateFolder", """[{ "path": "//usr/.." }]""", "root folder");
        Fails("CreateFolder", $$"""[{ "path": "{{In("z.log")}}" }]""", "is not a folder");
    }

    [Fact]
    public void What_links_lead_to_stays_when_a_folder_is_deleted()
    {
        Directory.CreateSymbolicLink(In("ab/folder"), In("a"));
        File.CreateSymbolicLink(In("ab/file"), In("z.log"));
        Fails("CopyFolder", $$"""[{ "source": "{{In("ab")}}", "destination": "{{In("copy")}}" }]""", "is a link");
        File.CreateSymbolicLink(In("ab/nowhere"), In("none"));
        Fails("DeleteFolder", $$"""[{ "path": "{{In("ab")}}" }]""", "not empty");
        Ok("DeleteFolder", $$"""[{ "path": "{{In("ab")}}", "force": true }, { "path": "{{In("none")}}" }]""");
        Assert.False(Directory.Exists(In("ab")));
        Assert.Equal(("a/sub/x.conf", "z.log"), (Read("a/sub/x.conf"), Read("z.log")));
        Fails("DeleteFolder", $$"""[{ "path": "{{In("z.log")}}", "force": true }]""", "is not a folder");
        Fails("DeleteFolder", """[{ "path": "/usr/../", "force": true }]""", "root folder");
    }

    [Fact]
    public void DeleteFile_deletes_files_and_no_folders()
    {
        Ok("DeleteFile", $$"""
            [{ "path": "{{In("*.log")}}" }, { "path": "{{In("none")}}" }, { "path": "{{In("no/folder/f")}}" }, { "path": "{{In("a*")}}" },
             { "path": "{{In("a/sub/x.conf")}}" }]
            """);
        Assert.False(File.Exists(In("z.log")) || File.Exists(In("a/sub/x.conf")));
        Assert.True(Directory.Exists(In("ab")));
        Fails("DeleteFile", $$"""[{ "path": "{{In("a")}}" }]""", "is a folder");
    }

    [Fact]
    public void ListFiles_lists_files_in_order_with_commas_between()
    {
        Directory.CreateSymbolicLink(In("a/circle"), In("a"));
        var run = Ok("ListFiles", $$"""
            [{ "path": "{{_folder.Root}}", "fileNamePattern": "*.log" }, { "path": "{{In("a")}}", "recursive": true },
             { "path": "{{In("ab")}}", "fileNamePattern": "?.conf" }, { "path": "{{In("ab")}}", "fileNamePattern": "[z]*" }]
            """);
        string[] expected = [$"{In("y.log")},{In("z.log")}", $"{In("a/.hidden")},{In("a/sub/x.conf")}", "", In("ab/[z].conf")];
        Assert.Equal(expected, Enumerable.Range(0, 4).Select(i => _folder.Outputs[$"{i}.files"]));
        Assert.Equal(string.Join('\n', expected) + "\n", run.Output);
        Fails("ListFiles", $$"""[{ "path": "{{In("none")}}" }]""", "there is no folder");
    }

    public void Dispose() => _folder.Dispose();

    private string In(string name) => _folder.At(name);

    private string Read(string name) => File.ReadAllText(In(name));

    private IEnumerable<string> Names(string folder) => Directory.EnumerateFileSystemEntries(In(folder)).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);

    private PowerShellRun Ok(string action, string inputs)
    {
        var run = _folder.Run(action, inputs);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return run;
    }

    private void Fails(string action, string inputs, string error)
    {
        var run = _folder.Run(action, inputs);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
    }
}
