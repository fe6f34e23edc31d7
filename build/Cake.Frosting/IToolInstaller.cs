using Cake.Core.Packaging;

namespace Cake.Frosting;

/// <summary>Installs a tool from a package and makes it known to Cake.</summary>
public interface IToolInstaller
{
    void Install(PackageReference tool);
}
