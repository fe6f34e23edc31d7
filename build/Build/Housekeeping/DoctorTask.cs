using Cake.Frosting;
using ImageBuilder.Contracts;
using ImageBuilder.Prerequisites;
using ImageBuilder.Problems;

namespace Build.Housekeeping;

[TaskName("Doctor"), TaskDescription("Say what this machine has and lacks, and the one command that installs the rest")]
public sealed class DoctorTask : TargetTask
{
    // Whatever the recipes of this repository build, all of it has to be there.
    private static readonly string[] s_distributions = ["debian"];

    protected override async Task RunTargetAsync(Session session, CancellationToken cancel)
    {
        var programs = session.Ports.Programs;
        var installer = new AptInstaller(programs);
        var preflight = new Preflight(programs, installer, session.Console.For("this machine", ""));
        var found = await new Doctor(programs, preflight, installer).ExamineAsync(
            new HostNeeds([.. Targets.All.Select(t => t.Name).Except(["Test"])], s_distributions),
            [session.Options.Artifacts, session.Options.Cache], cancel);
        Show(session, found);
        if (!found.Ready) session.End(ExitCode.Prerequisites);
    }

    private static void Show(Session session, Diagnosis diagnosis)
    {
        var console = session.Console;
        console.Heading("Programs and files");
        foreach (var (tool, path, version) in diagnosis.Tools)
        {
            var found = path is null ? $"package {tool.Package}" : version;
            console.Line($"  {Word(path is not null),-8}{Path.GetFileName(tool.Name),-28}{found,-26} {tool.Why}");
        }

        console.Heading("This machine");
        foreach (var ability in diagnosis.Abilities)
        {
            console.Line($"  {Word(ability.Ability),-8}{ability.Name,-36} {ability.Found}");
            if (ability.Fix.Length > 0) console.Line($"          {ability.Fix}");
        }

        if (diagnosis.Install is { } install) session.Close("Install what is missing with:", $"  {install}");
        session.Close(diagnosis.Ready ? "Ready: images can be built here." : "Not ready: images cannot be built here yet.");
    }

    private static string Word(bool there) => there ? "ok" : "MISSING";

    private static string Word(HostAbility ability) => ability switch
    {
        HostAbility.Present => "ok",
        HostAbility.Limited => "limited",
        _ => "MISSING",
    };
}
