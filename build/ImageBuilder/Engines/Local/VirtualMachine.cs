using System.Net.Sockets;
using ImageBuilder.FileSystems;
using ImageBuilder.Model;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace ImageBuilder.Engines.Local;

/// <summary>A virtual machine on a throw-away copy of a disk, with the agent in it. It ends with this program, however that ends.</summary>
public sealed class VirtualMachine : IAsyncDisposable
{
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(30);

    private readonly IRunningProgram _keeper;
    private readonly MachineFolder _folder;
    private readonly NetworkStream _agent;
    private readonly Task<int> _gone;
    private readonly Task<string> _errors;
    private readonly MachinePlan _plan;

    private VirtualMachine(IRunningProgram keeper, MachineFolder folder, MachinePlan plan, NetworkStream agent, Task<int> gone, Task<string> errors) =>
        (_keeper, _folder, _plan, _agent, _gone, _errors) = (keeper, folder, plan, agent, gone, errors);

    /// <summary>Completes when the machine has ended.</summary>
    public Task Gone => _gone;

    /// <summary>What QEMU said about its end; waits for that.</summary>
    public async Task<string> LastWordsAsync(CancellationToken cancel) => (await _errors.WaitAsync(cancel)).Trim();

    // A machine with a second disk is not quite the image's own: it has one only when there is more to send than a serial port carries in a second.
    private const int SentOnLine = 16384;

    /// <summary>Whether steps have so much to send into the machine that it should have a box.</summary>
    public static bool NeedsBox(IEnumerable<PlannedStep> steps) => steps.SelectMany(step => step.WithNested)
        .Any(step => step.Files.Count > 0 || step.Transfer != Transfer.None || step.Script.ToString().Length > SentOnLine);

    /// <summary>Copies the disk, puts the agent into the copy, and starts the machine.</summary>
    /// <param name="disk">Only read.</param>
    /// <param name="beside">Folder for the copy when it does not fit into memory.</param>
    /// <param name="console">Path of the console's log; made anew.</param>
    /// <param name="box">Gives it a second disk by which files get into it: see <see cref="AgentSettings.Box"/>.</param>
    public static async Task<VirtualMachine> StartAsync(
        IProgramRunner programs, string disk, string beside, string console, string firmware, bool accelerated, bool box, CancellationToken cancel)
    {
        var folder = MachineFolder.For(disk, beside);
        try
        {
            var copy = Path.Combine(folder.Path, "disk.raw");
            await Holes.CopyAsync(disk, copy, cancel);
            await new AgentInjection(programs).InjectAsync(copy, folder.Path, cancel);
            File.Delete(console);
            var machine = new MachinePlan(copy, console, folder.Socket)
            {
                Accelerated = accelerated,
                Uefi = firmware == "uefi" ? Uefi(folder.Path) : null,
                Box = box ? Box(folder.Path) : null,
            };
            return await StartAsync(programs, machine, folder, cancel);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the agent's greeting.</summary>
    public async Task<AgentSession> SessionAsync(AgentSettings settings, TimeProvider clock, CancellationToken cancel)
    {
        using var timer = new CancellationTokenSource(settings.BootLimit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, timer.Token);
        try
        {
            return await AgentSession.ConnectAsync(_agent, _agent, settings with { Box = _plan.Box, Watch = (line, ended) => WatchAsync(line, clock, ended) }, clock, either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new ProblemException(ExitCode.BuildFailed, new Problem("IB5504", "The machine booted, but the agent in it did not start.",
                $"It did not greet within {settings.BootLimit.TotalSeconds:0} s; it starts after multi-user.target.",
                "Read the console's log: a unit that never finishes starting keeps it from being reached."));
        }
    }

    private async Task<string?> WatchAsync(Action<string> line, TimeProvider clock, CancellationToken cancel)
    {
        var console = new BootConsole(_plan.Console, clock, line) { From = new FileInfo(_plan.Console).Length };
        return (await console.WaitForLoginAsync(BootLimits.For(_plan.Accelerated), _gone, cancel)).Why;
    }

    /// <summary>Ends the machine at once and moves its disk to a folder.</summary>
    /// <returns>The machine as it can be started again from there.</returns>
    public async Task<MachinePlan> KeepAsync(string target, CancellationToken cancel)
    {
        // Whoever ends the machine removes its folder. What is moved out of it goes with this run, however that ends.
        using var aside = ScratchFolder.In(Path.GetDirectoryName(_folder.Path)!); // a folder in a folder
        var disk = Path.Combine(aside.Path, "disk.raw");
        File.Move(_plan.Disk, disk);
        var kept = _plan with { Disk = Path.Combine(target, "disk.raw"), Box = null };
        if (_plan.Uefi is var (code, variables))
        {
            kept = kept with { Uefi = (code, Path.Combine(target, "variables.fd")) };
            File.Copy(variables, kept.Uefi.Value.Variables);
        }

        await DisposeAsync();
        await Holes.CopyAsync(disk, kept.Disk, cancel);
        return kept;
    }

    public async ValueTask DisposeAsync()
    {
        await _agent.DisposeAsync();
        await _keeper.DisposeAsync();
        _folder.Dispose();
    }

    private static async Task<VirtualMachine> StartAsync(IProgramRunner programs, MachinePlan machine, MachineFolder folder, CancellationToken cancel)
    {
        var command = QemuCommand.Of(machine);
        // In a session of its own: Ctrl-C is for us, and we end the machine in order.
        var keeper = programs.Start(new Command("setsid",
            ["bash", "-c", EmbeddedScript.Text("Engines/Local/machine.sh"), "machine", folder.Path, command.Program, .. command.Arguments]));
        try
        {
            var errors = new StreamReader(keeper.Error).ReadToEndAsync(CancellationToken.None);
            var gone = keeper.WaitAsync(CancellationToken.None);
            return new VirtualMachine(keeper, folder, machine, await ConnectAsync(machine.Agent, gone, errors, command, cancel), gone, errors);
        }
        catch
        {
            await keeper.DisposeAsync();
            throw;
        }
    }

    // Before the machine says anything: QEMU drops what nobody listens to.
    private static async Task<NetworkStream> ConnectAsync(string path, Task<int> gone, Task<string> errors, Command command, CancellationToken cancel)
    {
        using var timer = new CancellationTokenSource(s_startLimit);
        while (!gone.IsCompleted && !timer.IsCancellationRequested)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException)
            {
                socket.Dispose(); // QEMU has not made it yet
                await Task.Delay(20, cancel);
            }
        }

        var why = gone.IsCompleted ? (await errors).Trim() : $"It was not ready within {s_startLimit.TotalSeconds:0} s.";
        throw new ProblemException(ExitCode.BuildFailed, new Problem("IB5505", "The virtual machine could not be started.", why,
            $"Run it by hand to see more: {command}"));
    }

    private static string Box(string folder)
    {
        var path = Path.Combine(folder, "box.raw");
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        RandomAccess.SetLength(file, AgentSettings.BoxSize);
        return path;
    }

    private static (string Code, string Variables) Uefi(string folder)
    {
        foreach (var size in (string[])["_4M", ""])
        {
            var (code, variables) = ($"/usr/share/OVMF/OVMF_CODE{size}.fd", $"/usr/share/OVMF/OVMF_VARS{size}.fd");
            if (!File.Exists(code) || !File.Exists(variables)) continue;
            var own = Path.Combine(folder, "variables.fd");
            File.Copy(variables, own);
            return (code, own);
        }

        throw new ProblemException(ExitCode.Prerequisites, new Problem("IB5506", "There is no UEFI firmware for the boot test.",
            "Neither /usr/share/OVMF/OVMF_CODE_4M.fd nor /usr/share/OVMF/OVMF_CODE.fd exists.", "Run `./build.sh --target=Doctor`: it names the package."));
    }
}
