namespace Bitmask.Bonafide;

/// <summary>The codes of <see cref="BonafideException"/>; they are also what <c>bitmaskctl</c> and the daemon's API show.</summary>
public static class BonafideErrors
{
    /// <summary>A security capability that sealed accounts need is missing. There is no fallback.</summary>
    public const string ProviderDowngrade = "provider-downgrade";

    /// <summary>The CA certificate is not the one its fingerprint names.</summary>
    public const string CaMismatch = "ca-mismatch";

    /// <summary>The provider presents another CA than the pinned one.</summary>
    public const string CaChanged = "ca-changed";

    /// <summary>Unknown key derivation profile, salt too short, or unknown version of the parameters.</summary>
    public const string WeakKdf = "weak-kdf";

    /// <summary>Unknown SRP group.</summary>
    public const string WeakGroup = "weak-group";

    /// <summary>Unknown login or wrong passphrase; the provider does not say which.</summary>
    public const string BadCredentials = "bad-credentials";

    /// <summary>The server could not prove that it knows this account.</summary>
    public const string ServerNotProven = "server-not-proven";

    /// <summary>The login name is taken.</summary>
    public const string AccountExists = "account-exists";

    /// <summary>The provider does not accept this login name.</summary>
    public const string InvalidLogin = "invalid-login";

    /// <summary>Registration is closed, or needs another invite code.</summary>
    public const string RegistrationRefused = "registration-refused";

    /// <summary>The session's token ended; log in again.</summary>
    public const string SessionExpired = "session-expired";

    /// <summary>The device's key is not, or no longer, registered.</summary>
    public const string DeviceRefused = "device-refused";

    /// <summary>This device was removed from the account by another one.</summary>
    public const string DeviceRemoved = "device-removed";

    /// <summary>The session is not of a login with the passphrase within the last minutes.</summary>
    public const string FreshLoginNeeded = "fresh-login-needed";

    /// <summary>Another device changed the key record first; fetch it again.</summary>
    public const string KeyRecordChanged = "key-record-changed";

    /// <summary>The provider refused the request for another reason.</summary>
    public const string Refused = "refused";

    /// <summary>An answer made no sense.</summary>
    public const string BadAnswer = "bad-answer";

    /// <summary>The domain is not a provider.</summary>
    public const string NoProvider = "no-provider";

    /// <summary>No connection, no answer in time, or the provider asks to wait.</summary>
    public const string Unavailable = "unavailable";

    /// <summary>What to do about it.</summary>
    internal const string AgainLater = "Check the address and the network. What waits in the background goes on by itself; a command must be given again.";

    /// <summary>The server's certificate is not trusted.</summary>
    public const string Untrusted = "untrusted-certificate";
}

/// <summary>Something between this device and its provider did not work out.</summary>
public sealed class BonafideException : Exception
{
    /// <summary>Makes one.</summary>
    /// <param name="code">One of <see cref="BonafideErrors"/>.</param>
    /// <param name="message">What happened, for a person.</param>
    /// <param name="hint">What to do, for a person.</param>
    /// <param name="inner">Its cause.</param>
    public BonafideException(string code, string message, string? hint = null, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
        Hint = hint;
    }

    /// <summary>One of <see cref="BonafideErrors"/>.</summary>
    public string Code { get; }

    /// <summary>What to do, for a person.</summary>
    public string? Hint { get; }

    /// <summary>Whether the same may work later without anybody doing something.</summary>
    public bool IsTransient => Code == BonafideErrors.Unavailable;
}
