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

    /// <summary>
    /// Whether mail must not leave in clear because of it (security.md C8): its provider or the user vouched for it, or it was used both ways, or its owner
    /// took it back. Of a certificate that is not here, the worst is assumed.
    /// </summary>
    public bool Binds => Certificate is null || Certificate.IsRevoked || Active.Level >= ValidationLevel.ProviderTrust || (Active.EncrUsed && Active.SignUsed);

    public KeyInUse InUse => new(Active.Level, Certificate?.Expires, Certificate?.IsRevoked ?? false, Active.SignUsed, Active.EncrUsed);

    public KeyLookup.Found? Lookup(DateTimeOffset now)
        => Certificate?.CanEncryptAt(now) == true ? new KeyLookup.Found(Certificate, Active.Level, KeySource.Store) { Binds = Binds } : null;

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
