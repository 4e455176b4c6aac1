namespace Bitmask.OpenPgp;

/// <summary>How large a certificate from outside may be.</summary>
public sealed record CertificateLimits
{
    /// <summary>The limits for certificates that people upload and directories answer with.</summary>
    public static CertificateLimits Default { get; } = new();

    /// <summary>Longest input in octets, armor included; default 64 KiB.</summary>
    public int MaxOctets { get; init; } = 64 * 1024;

    /// <summary>Most packets; default 1000.</summary>
    public int MaxPackets { get; init; } = 1000;
}
