using System.Text;
using ImageBuilder.Processes;

namespace ImageBuilder.Model;

/// <summary>What scripts are written in.</summary>
public enum Shell
{
    Bash,

    /// <summary>Windows PowerShell 5.1 and whatever came after it.</summary>
    PowerShell,
}

/// <summary>What differs between shells once a script is rendered.</summary>
public static class Shells
{
    /// <summary>The shell that components for a platform are rendered for.</summary>
    public static Shell Of(string platform) => platform == "Windows" ? Shell.PowerShell : Shell.Bash;

    /// <summary>How names of script files end, with the dot.</summary>
    public static string Extension(this Shell shell) => shell == Shell.PowerShell ? ".ps1" : ".sh";

    /// <summary>The value as one literal, whatever it is.</summary>
    public static string Quote(this Shell shell, string value) =>
        shell == Shell.PowerShell ? PowerShellText.Quote(value) : ShellText.QuoteAlways(value);

    /// <summary>Exit code by which a script asks for a restart and to be run again. (Of 3010, Linux leaves 194.)</summary>
    public static int RebootExitCode(this Shell shell) => shell == Shell.PowerShell ? 3010 : 194;

    /// <summary>A script as a file. Windows PowerShell takes what has no byte order mark for the machine's old code page.</summary>
    public static byte[] Encode(this Shell shell, string script) =>
        [.. shell == Shell.PowerShell ? Encoding.UTF8.GetPreamble() : [], .. Encoding.UTF8.GetBytes(script)];
}
