namespace ImageBuilder.Processes;

/// <summary>Scripts that are part of the program, by their path below the library's folder.</summary>
public static class EmbeddedScript
{
    public static string Text(string name)
    {
        using var stream = typeof(EmbeddedScript).Assembly.GetManifestResourceStream(name) ?? throw new FileNotFoundException(name);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
