namespace Bitmask.OpenPgp;

/// <summary>What the owner of a key means it for (RFC 9580 §5.2.3.29).</summary>
[Flags]
public enum KeyPurposes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>To sign other keys and user ids.</summary>
    Certify = 0x01,

    /// <summary>To sign data.</summary>
    Sign = 0x02,

    /// <summary>To be encrypted to.</summary>
    Encrypt = 0x04,

    /// <summary>To log in somewhere.</summary>
    Authenticate = 0x20,
}

/// <summary>One key of a certificate, judged at one time.</summary>
/// <param name="Key">The key.</param>
/// <param name="IsPrimary">Whether it is the primary key.</param>
/// <param name="Purposes">What it is for.</param>
/// <param name="Fault">Why it does not count then; <see cref="KeyFault.None"/> if it does.</param>
public sealed record KeyStatus(SubkeyInfo Key, bool IsPrimary, KeyPurposes Purposes, KeyFault Fault);
