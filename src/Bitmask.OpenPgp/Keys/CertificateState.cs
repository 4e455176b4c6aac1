namespace Bitmask.OpenPgp;

/// <summary>What a certificate is worth at one time.</summary>
public enum CertificateState
{
    /// <summary>Bound by a valid self-signature, not expired, not revoked.</summary>
    Valid,

    /// <summary>No valid self-signature holds it together at that time.</summary>
    Unbound,

    /// <summary>Made more than a day after that time.</summary>
    NotYetValid,

    /// <summary>Its expiry is past.</summary>
    Expired,

    /// <summary>Its owner took it back.</summary>
    Revoked,
}
