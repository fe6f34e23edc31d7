using System.Collections.Concurrent;
using Cake.Core;
using Cake.Core.IO;
using Cake.Frosting;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;
using Spectre.Console.Testing;

namespace ImageBuilder.Tests.Frosting;

/// <summary>What the tasks of one run did, in order.</summary>
public sealed class Journal
{
    private readonly ConcurrentQueue<string> _entries = new();

    public IEnumerable<string> Entries => _entries;

    public void Add(string entry) => _entries.Enqueue(entry);
}

/// <summary>The context of the tasks in these tests.</summary>
public sealed class JournalContext(ICakeContext context, Journal journal) : FrostingContext(context)
{
    public void Note(string entry) => journal.Add(entry);
}

/// <summary>Runs a host in this process: with these tasks only, on a console that is kept as text, in a directory of its own.</summary>
#pragma warning disable CA1001 // The console is a piece of text; there is nothing to dispose.
internal sealed class Host
#pragma warning restore CA1001
{
    private readonly CakeHost _host = CakeHost.Create();
    private readonly Journal _journal = new();
    private readonly TestConsole _screen = new() { Profile = { Width = 160 } };

    private Host() => _host.UseContext<JournalContext>().ConfigureServices(services => services
        .AddSingleton(_journal)
        .AddSingleton<IConsole>(new ScreenConsole(_screen))
        .AddSingleton<IAnsiConsole>(_screen)
        .AddSingleton<ICakeEnvironment>(Environment));

    public TestEnvironment Environment { get; } = new();

    public string[] Did => [.. _journal.Entries];

    public string Output => string.Join('\n', _screen.Lines);

    public int ExitCode { get; private set; }

    public static Host With(params Type[] tasks)
    {
        var host = new Host();
        foreach (var task in tasks) host._host.ConfigureServices(services => services.AddSingleton(typeof(IFrostingTask), task));
        return host;
    }

    public Host And(Action<CakeHost> more)
    {
        more(_host);
        return this;
    }

    public Host Run(params string[] arguments)
    {
        ExitCode = _host.Run(arguments);
        return this;
    }
}

/// <summary>Cake's console, written to a Spectre console.</summary>
internal sealed class ScreenConsole(TestConsole screen) : IConsole
{
    public ConsoleColor ForegroundColor { get; set; }

    public ConsoleColor BackgroundColor { get; set; }

    public bool SupportAnsiEscapeCodes => false;

    public void Write(string format, params object[] arg) => screen.Write(new Text(Formatted(format, arg)));

    public void WriteLine(string format, params object[] arg) => screen.WriteLine(Formatted(format, arg));

    public void WriteError(string format, params object[] arg) => Write(format, arg);

    public void WriteErrorLine(string format, params object[] arg) => WriteLine(format, arg);

    public void ResetColor()
    {
    }

    private static string Formatted(string format, object[] arg) =>
        arg is { Length: > 0 } ? string.Format(null, format, arg) : format ?? "";
}

/// <summary>This machine, but with a working directory that is not the one of the whole process.</summary>
internal sealed class TestEnvironment : ICakeEnvironment
{
    private readonly CakeEnvironment _machine = new(new CakePlatform(), new CakeRuntime());

    public DirectoryPath WorkingDirectory { get; set; } = new(System.IO.Path.GetTempPath());

    public DirectoryPath ApplicationRoot => _machine.ApplicationRoot;

    public ICakePlatform Platform => _machine.Platform;

    public ICakeRuntime Runtime => _machine.Runtime;

    public DirectoryPath GetSpecialPath(SpecialPath path) => _machine.GetSpecialPath(path);

    public string GetEnvironmentVariable(string variable) => _machine.GetEnvironmentVariable(variable);

    public IDictionary<string, string> GetEnvironmentVariables() => _machine.GetEnvironmentVariables();
}
