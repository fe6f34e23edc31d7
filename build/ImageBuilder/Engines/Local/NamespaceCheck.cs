using ImageBuilder.Contracts;
using ImageBuilder.Problems;
using ImageBuilder.Processes;

namespace ImageBuilder.Engines.Local;

/// <summary>Whether sandboxes can be made on this machine, found out by making one.</summary>
public sealed class NamespaceCheck : IHostCheck
{
    public async Task<IReadOnlyList<HostFinding>> CheckAsync(IProgramRunner programs, CancellationToken cancel)
    {
        var found = new List<HostFinding> { await SandboxAsync(programs, cancel) };
        found.Add(ControlGroup.Place("check") is null
            ? new HostFinding("booted containers", HostAbility.Limited, "no control group (v2) can be made; validate steps run in a virtual machine, which boots more slowly",
                "Build as root, or with systemd-run --user --scope -p Delegate=yes.")
            : new HostFinding("booted containers", HostAbility.Present, "a control group (v2) can be made"));
        return found;
    }

    private static async Task<HostFinding> SandboxAsync(IProgramRunner programs, CancellationToken cancel)
    {
        const string name = "sandbox";
        try
        {
            var space = new UserNamespace(programs, IdMap.Current(), TimeProvider.System);
            var result = await space.RunAsync(EmbeddedScript.Text("Engines/Local/probe.sh"), [], "/", null, cancel);
            if (result.Output.Trim() == "works") return new HostFinding(name, HostAbility.Present, "user namespace, overlay and the rest work");
            var (why, fix) = NamespaceRefusal.Explain((result.Output + result.Error).Trim());
            return new HostFinding(name, HostAbility.Missing, why, fix);
        }
        catch (ProblemException e)
        {
            var problem = e.Problems[0];
            return new HostFinding(name, HostAbility.Missing, $"{problem.What} {problem.Why}", problem.Fix);
        }
    }
}
