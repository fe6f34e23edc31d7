namespace ImageBuilder.Planning;

/// <summary>Text that may stand in a script as it is. Templates can write nothing else, so no value gets there unquoted.</summary>
internal sealed record Fragment(string Text)
{
    public override string ToString() => Text;
}
