using ImageBuilder.Processes;

namespace ImageBuilder.Engines.Local;

/// <summary>What puts the agent into a system that boots with systemd: its script and the unit that starts it.</summary>
public static class AgentUnit
{
    public const string Name = "imagebuilder-agent.service";

    /// <summary>Text of agent.sh.</summary>
    public static string Script { get; } = EmbeddedScript.Text("Engines/Local/agent.sh");

    /// <summary>The unit's text. It starts after the targets people boot to; <c>simple</c>, because a running <c>oneshot</c> would keep the
    /// system in the state "starting".</summary>
    /// <param name="script">Path of agent.sh inside.</param>
    /// <param name="fromHost">Path of the FIFO or serial port that it reads.</param>
    /// <param name="toHost">Path of the one that it writes.</param>
    public static string Text(string script, string fromHost, string toHost) => $"""
        [Unit]
        Description=Runs steps of an image build
        After=multi-user.target graphical.target

        [Service]
        Type=simple
        ExecStart=/bin/bash {script} {fromHost} {toHost}
        Delegate=yes
        OOMScoreAdjust=-900
        TasksMax=infinity
        TimeoutStopSec=5
        StandardInput=null

        [Install]
        WantedBy=multi-user.target

        """;
}
