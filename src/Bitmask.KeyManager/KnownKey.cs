using Bitmask.Keys.Documents;
using Bitmask.OpenPgp;
using Bitmask.Primitives;

namespace Bitmask.Keys;

/// <summary>
/// The key in use for an address, as stored. Without a certificate its document is not here (yet), or can not be read; that
/// the address has a key stays true.
/// </summary>
internal sealed record KnownKey(ActiveDocument Active, OpenPgpCertificate? Certificate)
{
    public Fingerprint Fingerprint => new(Active.Fingerprint);

    public KeyInUse InUse => new(Active.Level, Certificate?.Expires, Certificate?.IsRevoked ?? false, Active.SignUsed, Active.EncrUsed);

    public KeyLookup.Found? Lookup(DateTimeOffset now)
        => Certificate?.CanEncryptAt(now) == true ? new KeyLookup.Found(Certificate, Active.Level, KeySource.Store) : null;

    public string Fault(DateTimeOffset now) => Certificate is null ? "is not on this device" : Fault(Certificate, now);

    /// <summary>Why a certificate can not be encrypted to, as the end of a sentence.</summary>
    public static string Fault(OpenPgpCertificate certificate, DateTimeOffset now) => certificate.StateAt(now) switch
    {
        CertificateState.Revoked => "is revoked",
        CertificateState.Expired => "has expired",
        CertificateState.NotYetValid => "is not valid yet",
        _ => "has nothing to encrypt to",
    };
}
