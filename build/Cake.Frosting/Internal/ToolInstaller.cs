using Cake.Core.IO;
using Cake.Core.Packaging;
using Microsoft.Extensions.DependencyInjection;

namespace Cake.Frosting.Internal;

/// <summary>The package's own installer, in front of the one that Cake 7 has in its core.</summary>
internal sealed class ToolInstaller(Core.Tooling.IToolInstaller installer) : IToolInstaller
{
    // The core's installer is an iterator: it does nothing until its result is asked for.
    public void Install(PackageReference tool) => _ = installer.Install(tool).ToList();
}

/// <summary>Creates Cake's installer when it is first used: it loads all of NuGet, and every context asks for one.</summary>
internal sealed class LateToolInstaller(IServiceProvider provider) : Core.Tooling.IToolInstaller
{
    private readonly Lazy<Core.Tooling.IToolInstaller> _installer =
        new(() => ActivatorUtilities.CreateInstance<Core.Tooling.ToolInstaller>(provider));

    public IEnumerable<FilePath> Install(PackageReference tool) => _installer.Value.Install(tool);
}
