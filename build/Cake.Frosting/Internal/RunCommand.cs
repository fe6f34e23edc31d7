using Cake.Cli;
using Cake.Cli.Infrastructure;
using Cake.Core;
using Cake.Core.Configuration;
using Cake.Core.Diagnostics;
using Cake.Core.IO;
using Cake.Core.Packaging;
using Cake.Core.Scripting;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console.Cli;

namespace Cake.Frosting.Internal;

/// <summary>The only command of a host: runs the targets, or shows what there is to run.</summary>
internal sealed class RunCommand(IServiceCollection services) : Command<RunSettings>
{
    public override int Execute(CommandContext context, RunSettings settings, CancellationToken cancellationToken)
    {
        services.AddSingleton<ICakeArguments>(context.Remaining.ToCakeArguments(settings.NoReport, settings.Targets));
        services.AddSingleton(context.Remaining);

        // Never disposed, as in the package: the process ends after the run, and what needs cleaning up belongs into a teardown.
        var provider = services.BuildServiceProvider();
        var log = provider.GetRequiredService<ICakeLog>();
        try
        {
            if (settings.Version)
                ActivatorUtilities.CreateInstance<VersionFeature>(provider, new VersionResolver()).Run(provider.GetRequiredService<IConsole>());
            else if (settings.Info)
                ActivatorUtilities.CreateInstance<InfoFeature>(provider, new VersionResolver()).Run(provider.GetRequiredService<IConsole>());
            else
                Run(provider, log, settings);
            return 0;
        }
#pragma warning disable CA1031 // Whatever a task throws ends here, as a message and an exit code.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return log.LogException(failure);
        }
    }

    private static void Run(ServiceProvider provider, ICakeLog log, RunSettings settings)
    {
        // Twice, because the settings file is looked for in the working directory, which may be wrong itself.
        log.Verbosity = settings.Verbosity ?? Verbosity.Normal;
        EnterWorkingDirectory(provider, settings);
        log.Verbosity = provider.GetRequiredService<ICakeConfiguration>().GetVerbosity(settings.Verbosity);

        ScriptHost host = settings switch
        {
            { DryRun: true } => ActivatorUtilities.CreateInstance<DryRunScriptHost<IFrostingContext>>(provider),
            { Tree: true } => ActivatorUtilities.CreateInstance<TreeScriptHost>(provider),
            { Description: true } => ActivatorUtilities.CreateInstance<DescriptionScriptHost>(provider),
            _ => ActivatorUtilities.CreateInstance<BuildScriptHost<IFrostingContext>>(provider),
        };

        foreach (var tool in provider.GetServices<PackageReference>()) provider.GetRequiredService<IToolInstaller>().Install(tool);
        if (settings.Exclusive) host.Settings.UseExclusiveTarget();
        Registration.Register(provider);
        host.RunTargets(settings.Targets);
    }

    private static void EnterWorkingDirectory(ServiceProvider provider, RunSettings settings)
    {
        var environment = provider.GetRequiredService<ICakeEnvironment>();
        var wanted = settings.WorkingDirectory ?? provider.GetService<WorkingDirectory>()?.Path;
        if (wanted?.MakeAbsolute(environment) is not { } directory) return;
        if (!provider.GetRequiredService<IFileSystem>().Exist(directory))
            throw new FrostingException($"The working directory '{directory.FullPath}' does not exist.");
        environment.WorkingDirectory = directory;
    }
}
