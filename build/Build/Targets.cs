using System.Reflection;
using Cake.Frosting;

namespace Build;

/// <summary>A target as the command line names it.</summary>
public sealed record Target(string Name, string Description);

/// <summary>Every target there is: the task classes of this program.</summary>
public static class Targets
{
    /// <summary>In the order of the stages, then by name.</summary>
    public static IReadOnlyList<Target> All { get; } =
    [
        .. typeof(Targets).Assembly.GetTypes()
            .Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(IFrostingTask)))
            .OrderBy(t => t.IsAssignableTo(typeof(Stage)) ? Depth(t) : int.MaxValue).ThenBy(NameOf, StringComparer.Ordinal)
            .Select(t => new Target(NameOf(t), t.GetCustomAttribute<TaskDescriptionAttribute>()?.Description ?? "")),
    ];

    /// <summary>The stages in their order.</summary>
    public static IReadOnlyList<Stage> Stages { get; } =
    [
        .. typeof(Targets).Assembly.GetTypes().Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(Stage)))
            .OrderBy(Depth).Select(t => (Stage)Activator.CreateInstance(t)!), // a class
    ];

    public static string NameOf(Type task) => task.GetCustomAttribute<TaskNameAttribute>()?.Name ?? task.Name;

    /// <summary>How many stages come before this one. Reads attributes: stages know theirs.</summary>
    internal static int Depth(Type stage) => stage.GetCustomAttributes<IsDependentOnAttribute>().Select(d => 1 + Depth(d.Task))
        .DefaultIfEmpty(0).Max();
}
