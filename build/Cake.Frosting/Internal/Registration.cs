using System.Reflection;
using Cake.Core;
using Cake.Core.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Cake.Frosting.Internal;

/// <summary>Makes Cake tasks of the task classes, and setup and teardown actions of the lifetimes.</summary>
internal static class Registration
{
    public static void Register(IServiceProvider provider)
    {
        var engine = provider.GetRequiredService<ICakeEngine>();
        var context = provider.GetRequiredService<IFrostingContext>();
        foreach (var task in provider.GetServices<IFrostingTask>())
        {
            if (ContextOf(task.GetType()) is { } needed && !needed.IsInstanceOfType(context))
                provider.GetRequiredService<ICakeLog>()
                    .Warning("Task {0} is left out: the context of this host is no {1}.", task.GetType().Name, needed.FullName);
            else
                Register(engine, task, context);
        }

        if (provider.GetService<IFrostingSetup>() is { } setup)
            engine.RegisterSetupAction(info => setup.Setup(context, info));
        if (provider.GetService<IFrostingTeardown>() is { } teardown)
            engine.RegisterTeardownAction(info => teardown.Teardown(context, info));
        if (provider.GetService<IFrostingTaskSetup>() is { } taskSetup)
            engine.RegisterTaskSetupAction(info => taskSetup.Setup(context, info));
        if (provider.GetService<IFrostingTaskTeardown>() is { } taskTeardown)
            engine.RegisterTaskTeardownAction(info => taskTeardown.Teardown(context, info));
    }

    private static void Register(ICakeEngine engine, IFrostingTask task, IFrostingContext context)
    {
        var type = task.GetType();
        var built = engine.RegisterTask(NameOf(type));
        if (type.GetCustomAttribute<TaskDescriptionAttribute>() is { } text) built.Description(text.Description);
        if (type.IsDefined(typeof(ContinueOnErrorAttribute), inherit: false)) built.ContinueOnError();

        // Only what a task overrides is attached: Cake treats a task with an (empty) error handler as one that handles its errors,
        // and reports a task without an action as "delegated".
        var overridden = OverriddenIn(type);
        if (overridden.Contains("Run") || overridden.Contains("RunAsync")) built.Does(task.RunAsync);
        if (overridden.Contains("ShouldRun")) built.WithCriteria(task.ShouldRun, task.SkippedMessage);
        if (overridden.Contains("OnError")) built.OnError(exception => task.OnError(exception, context));
        if (overridden.Contains("Finally")) built.Finally(() => task.Finally(context));

        foreach (var before in type.GetCustomAttributes<IsDependentOnAttribute>())
            built.IsDependentOn(NameOf(before.Task, "dependency"));
        foreach (var after in type.GetCustomAttributes<IsDependeeOfAttribute>())
            built.IsDependeeOf(NameOf(after.Task, "reverse dependency"));
    }

    private static string NameOf(Type task) => task.GetCustomAttribute<TaskNameAttribute>(inherit: false)?.Name ?? task.Name;

    private static string NameOf(Type task, string relation) => task.IsAssignableTo(typeof(IFrostingTask))
        ? NameOf(task)
        : throw new FrostingException($"The {relation} '{NameOf(task)}' is not a valid task.");

    private static HashSet<string> OverriddenIn(Type task) =>
    [
        .. task.GetMethods(BindingFlags.Public | BindingFlags.Instance)
            .Where(method => method.IsVirtual && !IsOurs(method.DeclaringType) && IsOurs(method.GetBaseDefinition().DeclaringType))
            .Select(method => method.Name),
    ];

    private static Type? ContextOf(Type? task)
    {
        while (task is not null && !IsOurs(task)) task = task.BaseType;
        return task is { IsGenericType: true } ? task.GenericTypeArguments[0] : null;
    }

    private static bool IsOurs(Type? type) => type?.Assembly == typeof(IFrostingTask).Assembly;
}
