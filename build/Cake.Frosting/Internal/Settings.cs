using Cake.Core;
using Cake.Core.Configuration;
using Cake.Core.IO;

namespace Cake.Frosting.Internal;

/// <summary>The directory that the host was given.</summary>
internal sealed record WorkingDirectory(DirectoryPath Path);

/// <summary>One setting that the host was given.</summary>
internal sealed record Setting(string Key, string Value);

/// <summary>Cake's settings: from the host, then the environment and <c>cake.config</c>, then the command line.</summary>
internal sealed class FrostingConfiguration(
    IEnumerable<Setting> settings, IFileSystem fileSystem, ICakeEnvironment environment, ICakeArguments arguments)
    : ICakeConfiguration
{
    private readonly ICakeConfiguration _values = new CakeConfigurationProvider(fileSystem, environment).CreateConfiguration(
        environment.WorkingDirectory,
        settings.GroupBy(setting => setting.Key, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(same => same.Key, same => same.Last().Value, StringComparer.OrdinalIgnoreCase),
        arguments.GetArguments().ToDictionary(given => given.Key, given => given.Value.FirstOrDefault() ?? ""));

    public string GetValue(string key) => _values.GetValue(key);
}
