namespace ImageBuilder.Tests.House;

/// <summary>A rule holds when nothing breaks it; what breaks it is shown line by line.</summary>
internal static class Rule
{
    public static void HasNoBreaches(IEnumerable<string> breaches)
    {
        List<string> found = [.. breaches];
        if (found.Count > 0) Assert.Fail($"{found.Count} breaches:\n{string.Join('\n', found)}");
    }
}
