using ImageBuilder.Processes;
using YamlDotNet.RepresentationModel;

namespace ImageBuilder.SystemTests.Engine;

/// <summary>
/// Stands for the machines of CodeBuild: runs the commands of a buildspec, each file on a machine of its own. That is a checkout of what is committed, an
/// empty cache, the artifacts that earlier ones have handed on, and a bucket.
/// </summary>
internal sealed class BuildMachine : IDisposable
{
    private const string Bucket = "s3://bucket";

    private static readonly ProgramRunner s_programs = new();

    private readonly string _root = Directory.CreateTempSubdirectory("imagebuilder-machines-").FullName;
    private readonly TestRepository _committed;

    private BuildMachine(TestRepository committed) => _committed = committed;

    /// <summary>Where objects of the bucket are.</summary>
    public string Kept => Path.Combine(_root, "bucket");

    public static BuildMachine For(TestRepository committed)
    {
        var machine = new BuildMachine(committed);
        Directory.CreateDirectory(machine.Kept);
        // build.sh without compiling the program, and what the tests have of AWS's command line.
        machine.WriteProgram("build.sh", $"exec dotnet {ShellText.Quote(Path.Combine(committed.Program, "ImageBuilderBuild.dll"))} \"$@\"");
        machine.WriteProgram("bin/aws", """
            [[ "$1 $2 $3" == "s3 cp --only-show-errors" && $# == 5 ]] || exit 255
            bucket=${BASH_SOURCE[0]%/*}/../bucket
            exec cp -- "${4/#s3:\/\/bucket/$bucket}" "${5/#s3:\/\/bucket/$bucket}"
            """);
        return machine;
    }

    public string CheckoutOf(string job) => Path.Combine(_root, job, "checkout");

    public string CacheOf(string job) => Path.Combine(_root, job, "cache");

    /// <summary>Runs <c>.ci/buildspec.JOB.yml</c> up to its first command that fails.</summary>
    public async Task<ProgramResult> RunAsync(string job, CancellationToken cancel)
    {
        var checkout = CheckoutOf(job);
        Directory.CreateDirectory(checkout);
        (await s_programs.RunAsync(new Command("cp", "-a", $"{_committed.Folder}/.", Path.Combine(_root, "build.sh"), checkout), cancel))
            .OrThrow("There is no checkout.");
        var spec = Yaml(Path.Combine(checkout, $".ci/buildspec.{job}.yml"));
        var environment = Pairs(spec["env"]["variables"]).ToDictionary();
        environment["PATH"] = $"{Path.Combine(_root, "bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        environment["IMAGEBUILDER_CACHE"] = CacheOf(job);
        environment["KEPT"] = Bucket;
        foreach (var folder in Directory.EnumerateDirectories(Path.Combine(_root), "artifact-*"))
            environment[$"CODEBUILD_SRC_DIR_{Path.GetFileName(folder)["artifact-".Length..]}"] = folder;
        var commands = ((string[])["pre_build", "build", "post_build"]).SelectMany(phase => CommandsOf(spec, phase));
        var script = string.Concat(commands.Select(c => $"{c}\ncode=$?; [ $code == 0 ] || exit $code\n"));
        return await s_programs.RunAsync(new Command("bash", "-c", script) { WorkingDirectory = checkout, Environment = environment }, cancel);
    }

    /// <summary>Gives later jobs what this one has made: the files that its buildspec names, and nothing else.</summary>
    public void HandOn(string job, string artifact)
    {
        var artifacts = Yaml(Path.Combine(CheckoutOf(job), $".ci/buildspec.{job}.yml"))["artifacts"];
        var target = Directory.CreateDirectory(Path.Combine(_root, $"artifact-{artifact}")).FullName;
        foreach (var pattern in (YamlSequenceNode)artifacts["files"])
            foreach (var file in Directory.EnumerateFiles(Path.Combine(CheckoutOf(job), Text(artifacts["base-directory"])), Text(pattern)))
                File.Move(file, Path.Combine(target, Path.GetFileName(file)));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static YamlMappingNode Yaml(string file)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(file)));
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }

    private static IEnumerable<string> CommandsOf(YamlMappingNode spec, string phase) =>
        ((YamlMappingNode)spec["phases"]).Children.TryGetValue(phase, out var there) ? ((YamlSequenceNode)there["commands"]).Select(Text) : [];

    private static IEnumerable<KeyValuePair<string, string>> Pairs(YamlNode map) =>
        ((YamlMappingNode)map).Children.Select(c => KeyValuePair.Create(Text(c.Key), Text(c.Value)));

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value ?? "";

    private void WriteProgram(string name, string script)
    {
        var path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // below the root
        File.WriteAllText(path, $"#!/usr/bin/env bash\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
