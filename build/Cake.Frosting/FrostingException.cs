namespace Cake.Frosting;

/// <summary>The host was put together wrongly: no such working directory, a dependency that is no task.</summary>
public sealed class FrostingException : Exception
{
    public FrostingException(string message) : base(message)
    {
    }

    public FrostingException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
