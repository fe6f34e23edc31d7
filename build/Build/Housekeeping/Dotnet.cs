using System.Collections;
using ImageBuilder.Processes;

namespace Build.Housekeeping;

/// <summary>Calls of the .NET SDK for the toolkit's own projects.</summary>
internal static class Dotnet
{
    // Where packages and the SDK are, and where images are built: these programs need the caller's settings.
    private static readonly string[] s_passedOn = ["DOTNET_", "NUGET_", "IMAGEBUILDER_", "CI"];

    public static Command Command(Session session, params ReadOnlySpan<string> arguments) => Passing(session, new Command("dotnet", arguments));

    /// <summary>Tests send signals to what they start. Whoever starts us in the background has it ignore them, and so would all below.</summary>
    /// <param name="temporary">Folder for their temporary files; null: the caller's.</param>
    public static Command Tests(Session session, IEnumerable<string> arguments, string? temporary = null) => Passing(session, new Command("env",
        ["--default-signal=HUP,INT,QUIT", .. temporary is null ? (string[])[] : [$"TMPDIR={temporary}"], "dotnet", .. arguments]));

    private static Command Passing(Session session, Command command) => command with
    {
        WorkingDirectory = session.Options.Repository,
        Environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(v => KeyValuePair.Create((string)v.Key, (string?)v.Value ?? ""))
            .Where(v => s_passedOn.Any(prefix => v.Key.StartsWith(prefix, StringComparison.Ordinal)))
            .ToDictionary(),
    };
}
