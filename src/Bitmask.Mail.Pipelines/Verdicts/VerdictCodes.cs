namespace Bitmask.Mail.Pipelines;

/// <summary>What is said about a mail that came in, by code: how it was protected, and who signed it. What a person reads for each is the user interface's.</summary>
public static class VerdictCodes
{
    /// <summary>Encrypted by the sender, the whole of it.</summary>
    public const string EndToEnd = "enc.e2e";

    /// <summary>Some of it came unprotected, or an encrypted part among others was not opened.</summary>
    public const string Partial = "enc.partial";

    /// <summary>Came in clear; the provider encrypted it on arrival.</summary>
    public const string ByProvider = "enc.provider";

    /// <summary>Not encrypted.</summary>
    public const string NotEncrypted = "enc.none";

    /// <summary>Encrypted to a key that is not on this device.</summary>
    public const string NoKey = "enc.nokey";

    /// <summary>The encrypted content is damaged or was altered, and is not shown.</summary>
    public const string Failed = "enc.failed";

    /// <summary>Signed by the key that the user has confirmed for the address in From.</summary>
    public const string Confirmed = "sig.confirmed";

    /// <summary>Signed by the key that is known and used for the address.</summary>
    public const string Known = "sig.known";

    /// <summary>Signed by the key that the address's provider vouches for.</summary>
    public const string Provider = "sig.provider";

    /// <summary>Signed by a key of the address that has not been used yet.</summary>
    public const string New = "sig.new";

    /// <summary>Signed by a key of the address that is not the one in use.</summary>
    public const string Changed = "sig.changed";

    /// <summary>Signed by a key that had expired.</summary>
    public const string Expired = "sig.expired";

    /// <summary>Signed by a key that its owner has withdrawn.</summary>
    public const string Revoked = "sig.revoked";

    /// <summary>Signed by a key that is not known here.</summary>
    public const string Unknown = "sig.unknown";

    /// <summary>Signed by somebody else than the address in From.</summary>
    public const string Mismatch = "sig.mismatch";

    /// <summary>The signature does not hold.</summary>
    public const string Bad = "sig.bad";

    /// <summary>Not signed.</summary>
    public const string NotSigned = "sig.none";
}
