using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace ImageBuilder.Tests.Program;

/// <summary>
/// Compares output with a file beside the test. <c>IMAGEBUILDER_GOLDEN=write</c> writes the files anew, to be read as a diff.
/// </summary>
internal static partial class Golden
{
    public static void Check(string text, string name, [CallerFilePath] string test = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(test)!, "golden", name); // a compiler-given path has a folder
        var steady = Durations().Replace(text.ReplaceLineEndings("\n"), "00:00:00.0000000");
        if (Environment.GetEnvironmentVariable("IMAGEBUILDER_GOLDEN") == "write")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, steady);
        }

        Assert.Equal(File.Exists(path) ? File.ReadAllText(path) : "(there is no such file)", steady);
    }

    // What Cake measures by itself.
    [GeneratedRegex(@"\d\d:\d\d:\d\d(\.\d{7})?")]
    private static partial Regex Durations();
}
