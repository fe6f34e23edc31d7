using ImageBuilder.Processes;

namespace ImageBuilder.Contracts;

/// <summary>How an ability of the machine was found.</summary>
public enum HostAbility { Present, Limited, Missing }

/// <summary>An ability of the machine, as Doctor lists it.</summary>
/// <param name="Name">E.g. <c>user namespaces</c>.</param>
/// <param name="Found">What was found, in a few words.</param>
/// <param name="Fix">What to do about it; empty when nothing has to be done.</param>
public sealed record HostFinding(string Name, HostAbility Ability, string Found, string Fix = "");

/// <summary>Looks for abilities of the machine that no package brings. Found by reflection; shown by Doctor.</summary>
public interface IHostCheck
{
    Task<IReadOnlyList<HostFinding>> CheckAsync(IProgramRunner programs, CancellationToken cancel);
}
