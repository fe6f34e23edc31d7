using ImageBuilder.Model;

namespace ImageBuilder.Clouds;

/// <summary>Commands that are run in machines by their agent of Systems Manager: no port has to be open.</summary>
public interface ICommands
{
    /// <summary>Whether the machine's agent answers.</summary>
    Task<bool> IsReachableAsync(string instance, CancellationToken cancel);

    /// <returns>Id of the command.</returns>
    Task<string> SendAsync(NewCommand command, CancellationToken cancel);

    /// <summary>Null as long as nothing is known of it.</summary>
    Task<CommandState?> GetAsync(string id, string instance, CancellationToken cancel);

    Task CancelAsync(string id, string instance, CancellationToken cancel);
}

/// <param name="Lines">Of the script.</param>
/// <param name="Seconds">Limit; the service's longest is two days.</param>
public sealed record NewCommand(string Instance, Shell Shell, IReadOnlyList<string> Lines, int Seconds)
{
    public string Comment { get; init; } = "";

    /// <summary>Group of CloudWatch Logs that gets the output; null: none.</summary>
    public string? LogGroup { get; init; }
}

/// <param name="Status"><c>Pending</c>, <c>InProgress</c>, <c>Delayed</c>, <c>Success</c>, <c>Cancelled</c>, <c>TimedOut</c>, <c>Failed</c>, <c>Cancelling</c>.</param>
/// <param name="ExitCode">−1 as long as there is none.</param>
/// <param name="Output">The first 24,000 characters.</param>
/// <param name="Error">The first 8,000 characters.</param>
public sealed record CommandState(string Status, int ExitCode, string Output, string Error)
{
    public bool Ended => Status is "Success" or "Cancelled" or "TimedOut" or "Failed";

    public bool TimedOut => Status == "TimedOut";
}
