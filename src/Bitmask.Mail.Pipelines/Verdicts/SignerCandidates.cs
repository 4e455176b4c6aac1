using Bitmask.OpenPgp;
using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines;

/// <summary>
/// The certificates that a mail's signatures are checked by. Only those of the address in From can make a good signature; the others tell apart a stranger's
/// signature from one by somebody who is known, but is not the author.
/// </summary>
/// <param name="own">Certificates of the address in From, the one in use first.</param>
/// <param name="others">Other certificates that are known here.</param>
internal sealed class SignerCandidates(IReadOnlyList<OpenPgpCertificate> own, IReadOnlyList<OpenPgpCertificate> others)
{
    private readonly HashSet<Fingerprint> _own = [.. own.Select(certificate => certificate.Fingerprint)];

    public static SignerCandidates None { get; } = new([], []);

    public IReadOnlyList<OpenPgpCertificate> All { get; } = [.. own, .. others.ExceptBy(own.Select(certificate => certificate.Fingerprint), certificate => certificate.Fingerprint)];

    /// <summary>The facts' word for the outcome of a signature check.</summary>
    public string Word(SignatureResult result) => result.Status switch
    {
        SignatureStatus.Bad => SecurityLayer.Bad,
        SignatureStatus.UnknownKey => SecurityLayer.UnknownKey,
        SignatureStatus.Unsupported => SecurityLayer.Unsupported,
        SignatureStatus.Good or SignatureStatus.ExpiredKey or SignatureStatus.RevokedKey when result.Signer is not { } signer || !_own.Contains(signer) => SecurityLayer.OtherSigner,
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
