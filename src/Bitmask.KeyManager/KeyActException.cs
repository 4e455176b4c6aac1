namespace Bitmask.Keys;

/// <summary>What the user asked of a key can not be done.</summary>
public sealed class KeyActException : Exception
{
    /// <summary>Says why, with a word for programs.</summary>
    public KeyActException(string code, string message)
        : base(message)
        => Code = code;

    /// <summary>Says what is wrong.</summary>
    public KeyActException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong, and what brought it up.</summary>
    public KeyActException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>It can not be done.</summary>
    public KeyActException()
    {
    }

    /// <summary>The word for programs.</summary>
    public string Code { get; } = "key-refused";
}
