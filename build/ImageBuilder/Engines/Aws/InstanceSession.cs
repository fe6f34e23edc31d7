using System.Security.Cryptography;
using System.Text;
using ImageBuilder.Clouds;
using ImageBuilder.Contracts;
using ImageBuilder.Engines.Local;
using ImageBuilder.Journals;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Running;

namespace ImageBuilder.Engines.Aws;

/// <summary>A session in an instance, held by commands of Systems Manager: nothing listens and nobody logs in.</summary>
internal sealed class InstanceSession(AwsSite site, string instance, string stage, long epoch) : IImageSession
{
    /// <summary>Characters of a command that the service takes for certain.</summary>
    public const int Inline = 48_000;

    // As run.sh and run.ps1 have it.
    private const long FirstBytes = 20_000;

    private const int PieceBytes = 17_000; // in base64 below the 24,000 characters of an answer
    private const int MostPieces = 60;
    private const int Grace = 120;         // seconds for what is around the step
    private const int Longest = 172_800;

    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_valid = TimeSpan.FromHours(1);

    private readonly MachineCommand _command = new(site.Region, site.Run.Clock);

    /// <summary>The machine keeps nothing of the steps that follow.</summary>
    public bool Last { get; set; }

    public async Task<ScriptRun> RunAsync(PlannedStep step, string script, Action<string> line, CancellationToken cancel)
    {
        var text = await TextAsync(step, script, cancel);
        var started = site.Run.Clock.GetTimestamp();
        var output = new OutputLines(line);
        var (state, objects) = (default(CommandState), "");
        if (text.Length > Inline || step.Secrets.Count > 0) (text, objects) = await UploadAsync(step, text, cancel);
        try
        {
            state = await SendAsync(text, step.Id, step.TimeoutSeconds > 0 ? step.TimeoutSeconds + Grace : Longest, site.Machine.LogGroup, part => Add(output, part), cancel);
        }
        finally
        {
            if (objects.Length > 0) await site.Journal.RemoveAsync(site.Place, ResourceKind.StoredObject, objects, CancellationToken.None);
        }

        var end = StepEnd.Of(state.Error);
        if (end is not null && site.Machine.LogGroup is null && end.Bytes > FirstBytes && !Last)
        {
            if (await FetchAsync("output", FirstBytes, cancel) is { } rest) output.Add(rest);
            else Add(output, "\nimagebuilder: the rest of the output is too long to be fetched; a `logGroup` would have all of it\n");
        }

        if (end is null && state.Error.Length > 0) Add(output, state.Error);
        output.End();
        var seconds = site.Run.Clock.GetElapsedTime(started);
        return end is null ? new ScriptRun(ExitOf(state), state.TimedOut, seconds, [], output.Tail)
            : new ScriptRun(end.ExitCode, end.TimedOut, seconds, StepOutputs.Of(await ValuesAsync(step, end, cancel)), output.Tail);
    }

    /// <summary>Restarts the machine, and waits until commands reach the system that came up.</summary>
    public async Task RebootAsync(Action<string> line, CancellationToken cancel)
    {
        var before = await BootIdAsync(cancel);
        await site.Region.Compute.RestartAsync(instance, cancel);
        line($"instance {instance} restarts");
        string now;
        do
        {
            await Task.Delay(s_again, site.Run.Clock, cancel);
            now = await BootIdAsync(cancel);
        }
        while (now == before && (now.Length > 0 || !site.Run.Cloud.IsEmulated)); // an emulator runs nothing
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<string> BootIdAsync(CancellationToken cancel)
    {
        var state = await SendAsync(StepBundle.BootId(site.Shell), "look whether it has restarted", Grace, null, _ => { }, cancel);
        return state.Status == "Success" ? state.Output.Trim() : "";
    }

    private Task<CommandState> SendAsync(string text, string comment, int seconds, string? logGroup, Action<string> output, CancellationToken cancel) =>
        _command.RunAsync(new NewCommand(instance, site.Shell, text.Split('\n'), seconds) { Comment = comment, LogGroup = logGroup }, output, cancel);

    private async Task<string> TextAsync(PlannedStep step, string script, CancellationToken cancel)
    {
        var bundle = new StepBundle(site.Shell);
        bundle.Begin(Math.Max(0, step.TimeoutSeconds), epoch, site.Machine.LogGroup is not null, Last);
        bundle.Add(bundle.ScriptName, 448, site.Shell.Encode(script)); // 0700
        foreach (var file in step.Files)
        {
            var content = file.Content is { } text ? Encoding.UTF8.GetBytes(text) : await File.ReadAllBytesAsync(Path.Combine(site.Run.Settings.Repository, file.Source), cancel);
            if (Convert.ToHexStringLower(SHA256.HashData(content)) != file.Digest) throw StepInput.Changed(step, file);
            bundle.Add($"files/{file.Name}", file.Mode, content);
        }

        return bundle.End();
    }

    private async Task<(string Text, string Object)> UploadAsync(PlannedStep step, string text, CancellationToken cancel)
    {
        if (site.Machine.Bucket is not { } bucket) throw new ProblemException(ExitCode.BuildFailed, new Problem("IB8310",
            $"The step `{step.Id}` is too large to be sent as it is.", $"With its files it has {text.Length} characters; a command takes {Inline}.",
            "Name a bucket of that region under `aws:` as `bucket`; it is sent by it then, and removed.", step.At));
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        var address = new ObjectAddress(bucket, $"imagebuilder/{site.Journal.Run}/{digest[..32]}{site.Shell.Extension()}");
        var file = Path.Combine(Path.GetTempPath(), $"imagebuilder-{Guid.NewGuid():N}");
        try
        {
            await File.WriteAllBytesAsync(file, site.Shell.Encode(text), cancel);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            var id = await site.Journal.MakeAsync(site.Place, ResourceKind.StoredObject, $"{address.Bucket}/{address.Key}", stage, async _ =>
            {
                await site.Region.Objects.UploadAsync(file, address, owner: null, cancel);
                return $"{address.Bucket}/{address.Key}";
            }, cancel);
            return (StepBundle.Fetching(site.Shell, site.Region.Objects.Presign(address, s_valid)), id);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task<IReadOnlyList<(string File, string Content)>> ValuesAsync(PlannedStep step, StepEnd end, CancellationToken cancel)
    {
        var values = end.Values.Select(v => (v.Key, Encoding.UTF8.GetString(StepBundle.Unpack(Convert.FromBase64String(v.Value))))).ToList();
        foreach (var name in end.More) values.Add((name, Encoding.UTF8.GetString(await FetchAsync($"outputs/{name}", 0, cancel) ?? throw TooLong(step, name))));
        return values;
    }

    // Null: it is too long for that.
    private async Task<byte[]?> FetchAsync(string name, long from, CancellationToken cancel)
    {
        using var packed = new MemoryStream();
        for (var pieces = 0; pieces < MostPieces; pieces++)
        {
            var state = await SendAsync(StepBundle.Piece(site.Shell, name, from, packed.Length, PieceBytes), $"fetch {name}", Grace, null, _ => { }, cancel);
            if (state.Status != "Success") throw new ProblemException(ExitCode.BuildFailed, new Problem("IB8311",
                $"What a step left in {instance} could not be fetched.", $"{name}: {state.Status}. {state.Error}".Trim(), "Run the same command again.", site.At));
            var piece = Convert.FromBase64String(state.Output.Trim());
            packed.Write(piece);
            if (piece.Length < PieceBytes) return StepBundle.Unpack(packed.ToArray());
        }

        return null;
    }

    private static ProblemException TooLong(PlannedStep step, string output) => new(ExitCode.BuildFailed, new Problem("IB8317",
        $"The output `{output}` of the step `{step.Id}` is too long.",
        $"Packed it has more than {MostPieces * PieceBytes >> 10} KiB, and comes back in answers of {PieceBytes} bytes.",
        "Write it to a file of the image, or to S3, and let other steps read it there.", step.At));

    // One that says success and nothing else comes from an emulator, which runs nothing.
    private int ExitOf(CommandState state) => state.Status == "Success" && site.Run.Cloud.IsEmulated ? 0 : state.ExitCode is 0 ? -1 : state.ExitCode;

    private static void Add(OutputLines output, string text) => output.Add(Encoding.UTF8.GetBytes(text));
}
