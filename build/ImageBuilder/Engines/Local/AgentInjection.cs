using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace ImageBuilder.Engines.Local;

/// <summary>Puts the agent into a throw-away copy of a disk, without mounting it.</summary>
public sealed class AgentInjection(IProgramRunner programs)
{
    private const string ScriptPath = "/var/lib/imagebuilder-agent.sh";
    private const string Units = "/etc/systemd/system";
    private const string Port = "/dev/ttyS1";

    /// <param name="disk">The copy; it is changed.</param>
    /// <param name="folder">Where the two files are written before.</param>
    public async Task InjectAsync(string disk, string folder, CancellationToken cancel)
    {
        var (script, unit) = (Path.Combine(folder, "agent.sh"), Path.Combine(folder, AgentUnit.Name));
        await File.WriteAllTextAsync(script, AgentUnit.Script, cancel);
        await File.WriteAllTextAsync(unit, AgentUnit.Text(ScriptPath, Port, Port), cancel);
        await programs.RunAsync(Debugfs(disk, $"""
            write "{script}" {ScriptPath}
            mkdir {Units}/multi-user.target.wants
            cd {Units}
            write "{unit}" {AgentUnit.Name}
            cd multi-user.target.wants
            symlink {AgentUnit.Name} {Units}/{AgentUnit.Name}

            """), cancel);
        // debugfs ends well whatever happens; the folder may have been there before.
        var found = await programs.RunAsync(Debugfs(disk, $"cat {Units}/{AgentUnit.Name}\nstat {Units}/multi-user.target.wants/{AgentUnit.Name}\n"), cancel);
        if (found.Output.Contains("ExecStart=", StringComparison.Ordinal) && found.Output.Contains("Fast link dest", StringComparison.Ordinal)) return;
        throw new ProblemException(ExitCode.BuildFailed, new Problem("IB5503", "The agent that runs the tests could not be put into a copy of the disk.",
            $"debugfs said:\n{found.Error.Trim()}", $"Check that the image has the folder {Units} and some room left: make `disk.size` larger."));
    }

    private static Command Debugfs(string disk, string commands) =>
        new("debugfs", "-w", "-f", "-", $"{disk}?offset={DiskLayout.RootOffset}") { Input = commands };
}
