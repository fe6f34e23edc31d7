using ImageBuilder.Model;

namespace ImageBuilder.Planning;

/// <summary>How values, commands and conditions stand in the scripts of one shell.</summary>
internal abstract class Dialect
{
    private static readonly Dialect s_bash = new BashDialect();
    private static readonly Dialect s_powerShell = new PowerShellDialect();

    public abstract Shell Shell { get; }

    /// <summary>How names of templates end.</summary>
    public string Ending => Shell.Extension() + ".sbn";

    public static Dialect Of(Shell shell) => shell == Shell.PowerShell ? s_powerShell : s_bash;

    /// <summary>The first lines of every script: they change nothing in what it does.</summary>
    public abstract string Head(string title);

    /// <summary>Lines that every script begins with.</summary>
    /// <param name="action">The module's name.</param>
    public abstract string Prelude(string action);

    /// <summary>The folder of the step's files, as a piece of a value.</summary>
    public abstract string FilesFolder { get; }

    /// <summary>What a variable holds, as one value.</summary>
    public abstract string Variable(string name);

    /// <summary>The same where templates write numbers, and true and false.</summary>
    public abstract string Bare(string variable);

    /// <summary>Several literals, references and such, as one value.</summary>
    public abstract string Join(IReadOnlyList<string> pieces);

    /// <summary>The value as one literal of the shell, references in it included.</summary>
    public string Quote(string value) => Marks.Quote(value, this);

    /// <summary>Values as a list.</summary>
    public abstract string List(IEnumerable<string> values);

    /// <summary>A path whose last element may have <c>*</c>, which stands for any characters; everything else is quoted.</summary>
    public abstract string Glob(string pattern);

    /// <summary>Commands, as the template of their module takes them.</summary>
    public abstract string Commands(string text);

    /// <summary>An expression that holds when the condition does. It stops at the first part that decides.</summary>
    public abstract string Test(Condition condition);

    /// <summary>A pattern cut at its stars. Only the last element of a path may have any.</summary>
    protected static string[] Pieces(string pattern, params ReadOnlySpan<char> separators)
    {
        var cut = pattern.AsSpan().LastIndexOfAny(separators) + 1;
        var pieces = pattern[cut..].Split('*');
        pieces[0] = pattern[..cut] + pieces[0];
        return pieces;
    }
}
