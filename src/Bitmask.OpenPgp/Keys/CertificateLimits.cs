namespace Bitmask.OpenPgp;

/// <summary>
/// How large a certificate from outside may be. Certificates can be flooded: anybody may add signatures of his own to one, and some
/// directories pass them on.
/// </summary>
public sealed record CertificateLimits
{
    /// <summary>The limits for certificates that people upload and directories answer with.</summary>
    public static CertificateLimits Default { get; } = new();

    /// <summary>Longest input in octets, armor included; default 64 KiB.</summary>
    public int MaxOctets { get; init; } = 64 * 1024;

    /// <summary>Most packets; default 1000.</summary>
    public int MaxPackets { get; init; } = 1000;

    /// <summary>Most user ids and attributes; default 100.</summary>
    public int MaxUserIds { get; init; } = 100;

    /// <summary>Most subkeys; default 100.</summary>
    public int MaxSubkeys { get; init; } = 100;

    /// <summary>Most signatures by other keys at one part; of more the newest stay, and the certificate is not refused for them. Default 100.</summary>
    public int MaxSignaturesByOthers { get; init; } = 100;

    /// <summary>For what was read before, or made here.</summary>
    internal static CertificateLimits Own { get; } = new() { MaxOctets = int.MaxValue, MaxPackets = int.MaxValue, MaxUserIds = int.MaxValue, MaxSubkeys = int.MaxValue };
}
