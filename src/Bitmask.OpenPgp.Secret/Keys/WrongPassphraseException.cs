namespace Bitmask.OpenPgp.Secret;

/// <summary>A passphrase does not open what it was to open, or the locked octets were changed: the two can not be told apart.</summary>
public sealed class WrongPassphraseException : Exception
{
    /// <summary>Says so.</summary>
    public WrongPassphraseException()
        : base("The passphrase is not the right one.")
    {
    }

    /// <summary>Says what is wrong.</summary>
    public WrongPassphraseException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong, and what brought it up.</summary>
    public WrongPassphraseException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
