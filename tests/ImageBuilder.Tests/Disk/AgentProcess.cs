using System.Diagnostics;
using System.Globalization;
using ImageBuilder.Engines.Local;
using ImageBuilder.Model;

namespace ImageBuilder.Tests.Disk;

/// <summary>The real agent.sh under this machine's bash, held over two FIFOs as in a booted container.</summary>
public sealed class AgentProcess : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("agent");

    public AgentProcess()
    {
        using var fifos = Process.Start("mkfifo", [Path.Combine(_folder.FullName, "to"), Path.Combine(_folder.FullName, "from")]);
        fifos.WaitForExit();
        File.WriteAllText(Script, AgentUnit.Script);
        // Restarting "the machine" replaces the agent by a new one on the same FIFOs, as a container's supervisor does.
        var systemctl = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder.FullName, "bin")).FullName, "systemctl");
        File.WriteAllText(systemctl, $"""
            #!/bin/bash
            [[ $1 == reboot ]] || exit 0
            read -r agent <{Folder}/agent
            {Line} 3>&- 4>&- &
            echo $! >{Folder}/agent
            kill -KILL $agent
            """);
        File.SetUnixFileMode(systemctl, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public string Folder => _folder.FullName;

    internal Func<AgentSettings, AgentSettings> Settings { get; init; } = settings => settings;

    private string Script => Path.Combine(Folder, "agent.sh");

    private string Line => $"bash {Script} {Folder}/to {Folder}/from {Folder}/work";

    public static PlannedStep Step(int timeout = 60, params StepFile[] files) => new()
    {
        Component = "web",
        ComponentVersion = "1.0.0",
        Phase = "test",
        Name = "Answers",
        Action = "ExecuteBash",
        Script = Model.Script.Of(""),
        TimeoutSeconds = timeout,
        Files = files,
        At = new("components/web/1.0.0/component.yml"),
    };

    public async Task<AgentSession> ConnectAsync(CancellationToken cancel, int chunk = AgentSettings.PipeChunk)
    {
        var start = new ProcessStartInfo("bash", ["-c", $"exec {Line}"]) { RedirectStandardError = true };
        start.Environment["PATH"] = $"{Folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        using var process = Process.Start(start)!;
        await File.WriteAllTextAsync($"{Folder}/agent", process.Id.ToString(CultureInfo.InvariantCulture) + "\n", cancel);
        var settings = Settings(new AgentSettings(Folder, 1234, chunk, TimeSpan.FromSeconds(10)));
        return await AgentSession.ConnectAsync(Open("from"), Open("to"), settings, TimeProvider.System, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        // Also those that a restart replaced: they are nobody's children, and would keep this process' output open. One look is not enough: what starts
        // another and ends meanwhile hides it.
        for (var quiet = 0; quiet < 2; await Task.Delay(5))
        {
            var left = Process.GetProcesses().Where(p => Names(p, Folder)).ToList();
            foreach (var process in left) process.Kill(entireProcessTree: true);
            quiet = left.Count == 0 ? quiet + 1 : 0;
        }

        _folder.Delete(recursive: true);
    }

    private static bool Names(Process process, string folder)
    {
        var line = $"/proc/{process.Id}/cmdline";
        try
        {
            return File.ReadAllText(line).Contains(folder, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // It has just ended.
        }
    }

    private FileStream Open(string fifo) => new(Path.Combine(Folder, fifo), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0);
}
