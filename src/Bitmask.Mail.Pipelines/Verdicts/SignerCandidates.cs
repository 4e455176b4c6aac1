using Bitmask.OpenPgp;
using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines;

/// <summary>
/// The certificates that a mail's signatures are checked by. Only those of the address in From can make a good signature; the others tell apart a stranger's
/// signature from one by somebody who is known, but is not the author.
/// </summary>
internal sealed class SignerCandidates
{
    private readonly Lazy<(HashSet<Fingerprint> Own, IReadOnlyList<OpenPgpCertificate> All)> _certificates;

    /// <summary>Takes certificates.</summary>
    /// <param name="own">Gives those of the address in From, the one in use first; asked when the first signature is met.</param>
    /// <param name="others">Other certificates that are known here.</param>
    public SignerCandidates(Func<IReadOnlyList<OpenPgpCertificate>> own, IReadOnlyList<OpenPgpCertificate> others)
        => _certificates = new(() =>
        {
            var certificates = own();
            var fingerprints = certificates.Select(certificate => certificate.Fingerprint).ToHashSet();
            return (fingerprints, [.. certificates, .. others.Where(other => !fingerprints.Contains(other.Fingerprint))]);
        });

    public static SignerCandidates None { get; } = new(() => [], []);

    public IReadOnlyList<OpenPgpCertificate> All => _certificates.Value.All;

    /// <summary>The facts' word for the outcome of a signature check.</summary>
    public string Word(SignatureResult result) => result.Status switch
    {
        SignatureStatus.Bad => SecurityLayer.Bad,
        SignatureStatus.UnknownKey => SecurityLayer.UnknownKey,
        SignatureStatus.Unsupported => SecurityLayer.Unsupported,
        SignatureStatus.Good or SignatureStatus.ExpiredKey or SignatureStatus.RevokedKey when result.Signer is not { } signer || !_certificates.Value.Own.Contains(signer) => SecurityLayer.OtherSigner,
        SignatureStatus.Good => SecurityLayer.Good,
        SignatureStatus.ExpiredKey => SecurityLayer.ExpiredKey,
        SignatureStatus.RevokedKey => SecurityLayer.RevokedKey,
        _ => "none",
    };

    /// <summary>
    /// The signer that counts: there are signatures, all that could be checked hold, and they are by one key of the address in From, because
    /// nobody else's can be good.
    /// </summary>
    public static string? SignerOf(IReadOnlyList<SecurityLayer> layers)
    {
        var signatures = layers.Where(layer => layer.Kind == SecurityLayer.Signature).ToList();
        return signatures.Exists(layer => layer.Result == SecurityLayer.Bad) ? null : signatures.Find(layer => layer.Result == SecurityLayer.Good)?.Fpr;
    }
}
