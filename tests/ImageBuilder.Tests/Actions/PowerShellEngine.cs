using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;
using System.Text;

namespace ImageBuilder.Tests.Actions;

/// <summary>How a script file ended in PowerShell, and what it showed.</summary>
internal sealed record PowerShellRun(int ExitCode, string Output, string Error, IReadOnlyList<object?> Piped);

/// <summary>
/// PowerShell within the test program: one runspace for all tests, because opening one takes a second. It has the commands of the language
/// only, so a script that needs a module does not run. Tests that use it run one after another: environment variables belong to the process.
/// </summary>
public sealed class PowerShellEngine : IDisposable
{
    private readonly CapturingHost _host = new();
    private readonly Runspace _runspace;

    public PowerShellEngine()
    {
        // Other tests keep the pool's threads waiting, and the script that reads a program's output gives up on it after two seconds.
        ThreadPool.GetMinThreads(out var threads, out var ports);
        ThreadPool.SetMinThreads(Math.Max(threads, 32), ports);
        _runspace = RunspaceFactory.CreateRunspace(_host, InitialSessionState.CreateDefault2());
        _runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        _runspace.Open();
    }

    /// <summary>Runs a script file as <c>powershell -File</c> does it.</summary>
    /// <param name="functions">Stand for cmdlets that only Windows has.</param>
    internal PowerShellRun Run(string path, string functions = "")
    {
        _host.Clear();
        using var shell = PowerShell.Create(_runspace);
        shell.AddScript($"$global:LASTEXITCODE = 0\n{functions}\n& $args[0]").AddArgument(path);
        var piped = shell.Invoke();
        return new PowerShellRun((int)_runspace.SessionStateProxy.GetVariable("LASTEXITCODE"), _host.Output, _host.Error, [.. piped.Select(p => p?.BaseObject)]);
    }

    /// <summary>Gives the functions that stand for cmdlets something to answer with.</summary>
    internal void Set(string variable, object value) => _runspace.SessionStateProxy.SetVariable(variable, value);

    public void Dispose() => _runspace.Dispose();

    private sealed class CapturingHost : PSHost
    {
        private readonly CapturingInterface _ui = new();

        public string Output => _ui.Output.ToString();

        public string Error => _ui.Error.ToString();

        public override CultureInfo CurrentCulture => CultureInfo.InvariantCulture;

        public override CultureInfo CurrentUICulture => CultureInfo.InvariantCulture;

        public override Guid InstanceId { get; } = Guid.NewGuid();

        public override string Name => "Tests";

        public override PSHostUserInterface UI => _ui;

        public override Version Version => new(1, 0);

        public void Clear()
        {
            _ui.Output.Clear();
            _ui.Error.Clear();
        }

        public override void EnterNestedPrompt() => throw new NotSupportedException();

        public override void ExitNestedPrompt() => throw new NotSupportedException();

        public override void NotifyBeginApplication() { }

        public override void NotifyEndApplication() { }

        public override void SetShouldExit(int exitCode) { }
    }

    private sealed class CapturingInterface : PSHostUserInterface
    {
        public StringBuilder Output { get; } = new();

        public StringBuilder Error { get; } = new();

        public override PSHostRawUserInterface RawUI => null!; // hosts without a screen have none

        public override void Write(string value) => Output.Append(value);

        public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Output.Append(value);

        public override void WriteLine(string value) => Output.Append(value).Append('\n');

        public override void WriteErrorLine(string value) => Error.Append(value).Append('\n');

        public override void WriteWarningLine(string message) => Error.Append(message).Append('\n');

        public override void WriteDebugLine(string message) { }

        public override void WriteVerboseLine(string message) { }

        public override void WriteProgress(long sourceId, ProgressRecord record) { }

        public override Dictionary<string, PSObject> Prompt(string caption, string message, System.Collections.ObjectModel.Collection<FieldDescription> descriptions) =>
            throw new NotSupportedException();

        public override int PromptForChoice(string caption, string message, System.Collections.ObjectModel.Collection<ChoiceDescription> choices, int defaultChoice) =>
            throw new NotSupportedException();

        public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) => throw new NotSupportedException();

        public override PSCredential PromptForCredential(
            string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) =>
            throw new NotSupportedException();

        public override string ReadLine() => throw new NotSupportedException();

        public override System.Security.SecureString ReadLineAsSecureString() => throw new NotSupportedException();
    }
}
