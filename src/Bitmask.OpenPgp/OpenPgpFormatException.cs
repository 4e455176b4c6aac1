namespace Bitmask.OpenPgp;

/// <summary>Bytes that were to be OpenPGP data are not, or are more than a limit allows. The message is fit to show a person.</summary>
public sealed class OpenPgpFormatException : FormatException
{
    /// <summary>Says what is wrong.</summary>
    public OpenPgpFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong, and what brought it up.</summary>
    public OpenPgpFormatException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Something is wrong.</summary>
    public OpenPgpFormatException()
        : base("Not valid OpenPGP data.")
    {
    }
}
