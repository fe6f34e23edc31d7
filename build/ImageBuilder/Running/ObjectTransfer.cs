using System.Globalization;
using System.Security.Cryptography;
using ImageBuilder.Clouds;
using ImageBuilder.Contracts;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Processes;
using ImageBuilder.Reports;

namespace ImageBuilder.Running;

/// <summary>
/// Runs steps that download or upload objects. The building machine talks to the store: what is fetched are files of the step, and
/// what is uploaded is read out of the session by scripts, so it works in every kind of session and with files of any size.
/// </summary>
/// <param name="folder">Gets a folder for each step, which goes with it.</param>
public sealed class ObjectTransfer(IObjectStore store, string folder, TimeProvider clock)
{
    // Bytes of a file that one output of a script holds: in base64 as long as an output may be.
    private const int Part = 786_432;
    private const int PartsAtOnce = 24;

    private static readonly string s_read = EmbeddedScript.Text("Running/read-file.sh");

    /// <param name="inputs">The step's inputs with everything filled in.</param>
    public async Task<ScriptRun> RunAsync(
        IImageSession session, PlannedStep step, IReadOnlyList<IReadOnlyDictionary<string, string>> inputs, string script,
        Action<string> line, CancellationToken cancel)
    {
        var job = new Job(session, step, inputs, line, clock);
        var work = Path.Combine(folder, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(work);
        using var timer = new CancellationTokenSource(step.TimeoutSeconds > 0 ? TimeSpan.FromSeconds(step.TimeoutSeconds) : Timeout.InfiniteTimeSpan, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, timer.Token);
        try
        {
            return await (step.Transfer == Transfer.Download ? DownloadAsync(job, work, script, either.Token, cancel)
                : UploadAsync(job, work, script, either.Token, cancel));
        }
        catch (TransferFailedException e)
        {
            foreach (var text in e.Message.Split('\n')) line($"{step.Action}: {text}");
            return job.End(1, timedOut: false, e.Message);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return job.End(-1, timedOut: true, "");
        }
        finally
        {
            Directory.Delete(work, recursive: true);
            if (!Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
        }
    }

    private async Task<ScriptRun> DownloadAsync(Job job, string work, string script, CancellationToken limited, CancellationToken cancel)
    {
        var files = new List<StepFile>(job.Step.Files);
        for (var entry = 0; entry < job.Inputs.Count; entry++)
        {
            if (!job.IsAddressed(entry)) continue;
            var below = Directory.CreateDirectory(Path.Combine(work, Number(entry))).FullName;
            var address = job.Address(entry, job.Step.TransferInput);
            var objects = await Asked(() => ObjectsAsync(job.Step, entry, address, job.Owner(entry), limited));
            List<string> names = [];
            foreach (var found in objects)
            {
                if (found.Address.Key.EndsWith('/')) continue; // what consoles leave so that an empty folder can be seen
                var name = address.Prefix is { } prefix ? found.Address.Key[prefix.Key.Length..] : found.Address.Key.Split('/')[^1];
                var file = address.Prefix is null ? "one" : Number(names.Count);
                job.Line($"fetching {found.Address} ({Figures.Size(found.Size)})");
                await Asked(() => store.DownloadAsync(found, job.Owner(entry), Path.Combine(below, file), limited));
                files.Add(await FileAsync(entry, below, file, limited));
                names.Add(name);
            }

            await File.WriteAllTextAsync(Path.Combine(below, "names"), string.Concat(names.Select(n => n + '\0')), limited);
            files.Add(await FileAsync(entry, below, "names", limited));
        }

        return await job.RunAsync(script, files, cancel);
    }

    private async Task<IReadOnlyList<StoredObject>> ObjectsAsync(
        PlannedStep step, int entry, ObjectAddress address, string? owner, CancellationToken cancel)
    {
        List<StoredObject> pinned = [.. step.Objects.Where(o => o.Entry == entry && ObjectAddress.TryParse(o.Source) == address)
            .Select(o => new StoredObject(ObjectAddress.TryParse(o.Address)!, o.Size, o.Tag))]; // written by the planner
        return pinned.Count > 0 ? pinned : await store.FindAllAsync(address, owner, cancel);
    }

    private static async Task<StepFile> FileAsync(int entry, string below, string name, CancellationToken cancel)
    {
        var path = Path.Combine(below, name);
        await using var content = File.OpenRead(path);
        var digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancel));
        return new StepFile($"objects/{Number(entry)}/{name}", path, digest, Convert.ToInt32("644", 8));
    }

    private async Task<ScriptRun> UploadAsync(Job job, string work, string script, CancellationToken limited, CancellationToken cancel)
    {
        var offered = await job.RunAsync(script, job.Step.Files, cancel);
        if (offered.ExitCode != 0 || offered.TimedOut) return offered with { Outputs = [] };
        for (var entry = 0; entry < job.Inputs.Count; entry++)
        {
            var destination = job.Address(entry, "destination");
            foreach (var file in Offers(offered.Outputs[entry].GetValueOrDefault("files", "")))
            {
                var key = file.One && destination.Key.Length > 0 && !destination.Key.EndsWith('/') ? destination
                    : destination with { Key = destination.Key.Length == 0 ? file.Name : $"{destination.Key.TrimEnd('/')}/{file.Name}" };
                var copy = Path.Combine(work, "file");
                await ReadAsync(job, file, copy, limited, cancel);
                await Asked(() => store.UploadAsync(copy, key, job.Owner(entry), limited));
                job.Line($"uploaded {file.Path} to {key}");
            }
        }

        return job.End(0, timedOut: false, offered.Tail);
    }

    private static IEnumerable<Offer> Offers(string text) => text.Split('\0').Chunk(5).Where(f => f.Length == 5)
        .Select(f => new Offer(f[0] == "one", long.Parse(f[1], CultureInfo.InvariantCulture), f[2], f[3], f[4]));

    // Piece by piece through the outputs of scripts: there is no other way out that every session has.
    private static async Task ReadAsync(Job job, Offer file, string copy, CancellationToken limited, CancellationToken cancel)
    {
        await using (var target = File.Create(copy))
        {
            while (target.Length < file.Size)
            {
                limited.ThrowIfCancellationRequested();
                var first = target.Length / Part;
                var count = Math.Min(PartsAtOnce, (file.Size - target.Length + Part - 1) / Part);
                var script = string.Create(CultureInfo.InvariantCulture, $"file={ShellText.QuoteAlways(file.Path)} first={first} count={count}\n{s_read}");
                var run = await job.RunAsync(script, [], cancel);
                if (run.ExitCode != 0 || run.TimedOut || run.Outputs.Count == 0) throw new TransferFailedException($"{file.Path} could not be read.");
                foreach (var part in run.Outputs[0].OrderBy(p => p.Key, StringComparer.Ordinal))
                    await target.WriteAsync(Convert.FromBase64String(part.Value), limited);
            }
        }

        await using var written = File.OpenRead(copy);
        if (Convert.ToHexStringLower(await SHA256.HashDataAsync(written, limited)) != file.Digest)
            throw new TransferFailedException($"{file.Path} changed while it was read.");
    }

    // What goes wrong with the store makes the step fail; what goes wrong with the session ends more than that.
    private static async Task<T> Asked<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (ProblemException e)
        {
            throw new TransferFailedException(string.Join('\n', e.Problems.Select(p => $"{p.What} {p.Why}\n{p.Fix}")), e);
        }
    }

    private static Task<bool> Asked(Func<Task> ask) => Asked(async () =>
    {
        await ask();
        return true;
    });

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A file that a script has found for an upload.</summary>
    /// <param name="One">True when the source names this file, false when it is one of several.</param>
    private sealed record Offer(bool One, long Size, string Digest, string Name, string Path);

    private sealed class TransferFailedException(string message, Exception? cause = null) : Exception(message, cause);

    private sealed class Job(
        IImageSession session, PlannedStep step, IReadOnlyList<IReadOnlyDictionary<string, string>> inputs, Action<string> line, TimeProvider clock)
    {
        private readonly long _started = clock.GetTimestamp();

        public PlannedStep Step => step;

        public IReadOnlyList<IReadOnlyDictionary<string, string>> Inputs => inputs;

        public Action<string> Line => line;

        public string? Owner(int entry) => inputs[entry].GetValueOrDefault("expectedBucketOwner") is { Length: > 0 } owner ? owner : null;

        /// <summary>False for entries that name no object, as installers may.</summary>
        public bool IsAddressed(int entry) => inputs[entry][step.TransferInput].StartsWith("s3://", StringComparison.OrdinalIgnoreCase)
            || step.TransferInput == "source";

        public ObjectAddress Address(int entry, string input) => ObjectAddress.TryParse(inputs[entry][input])
            ?? throw new TransferFailedException($"`{inputs[entry][input]}` is no address s3://bucket/key.");

        /// <summary>Runs a script with what is left of the step's time.</summary>
        public Task<ScriptRun> RunAsync(string script, IReadOnlyList<StepFile> files, CancellationToken cancel)
        {
            var left = step.TimeoutSeconds <= 0 ? step.TimeoutSeconds
                : Math.Max(1, step.TimeoutSeconds - (int)clock.GetElapsedTime(_started).TotalSeconds);
            return session.RunAsync(step with { Files = files, TimeoutSeconds = left }, script, line, cancel);
        }

        public ScriptRun End(int code, bool timedOut, string tail) => new(code, timedOut, clock.GetElapsedTime(_started), [], tail);
    }
}
