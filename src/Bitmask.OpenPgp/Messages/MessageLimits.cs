namespace Bitmask.OpenPgp;

/// <summary>What a message from outside may cost.</summary>
public sealed record MessageLimits
{
    /// <summary>The limits for mail.</summary>
    public static MessageLimits Default { get; } = new();

    /// <summary>Longest plaintext in octets; default 256 MiB.</summary>
    public long MaxPlaintextOctets { get; init; } = 256 * 1024 * 1024;

    /// <summary>Most octets that one compressed octet may become, once the plaintext is longer than 1 MiB; default 250.</summary>
    public int MaxCompressionRatio { get; init; } = 250;

    /// <summary>Most compression layers in each other; default 2.</summary>
    public int MaxNesting { get; init; } = 2;

    /// <summary>Most recipients named by a message; default 1000.</summary>
    public int MaxRecipients { get; init; } = 1000;

    /// <summary>Most attempts at recipients that are not named; default 100.</summary>
    public int MaxHiddenAttempts { get; init; } = 100;

    /// <summary>Most signatures that are checked; default 16.</summary>
    public int MaxSignatures { get; init; } = 16;

    /// <summary>Most passphrases that a message may have; default 8. Trying one costs memory and time on purpose.</summary>
    public int MaxPassphrases { get; init; } = 8;

    /// <summary>Most memory that turning a passphrase into a key may take, in MiB; default 2048, the most that RFC 9106 §4 recommends.</summary>
    public int MaxPassphraseMebibytes { get; init; } = 2048;
}
