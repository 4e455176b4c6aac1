using Bitmask.Keys;
using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines;

/// <summary>
/// What is to be said about a mail now: a function of the facts that were stored when it came, of the keys known now, and of nothing else
/// (security.md A10). It is computed when it is asked for and never kept.
/// </summary>
/// <param name="Encryption">How it was protected: one of the <c>enc.</c> codes of <see cref="VerdictCodes"/>.</param>
/// <param name="Signature">Who signed it: one of the <c>sig.</c> codes.</param>
/// <param name="Signer">The key that the signature code speaks of, or null.</param>
/// <param name="SignedAt">When the signature says it was made, or null.</param>
public sealed record MessageVerdict(string Encryption, string Signature, Fingerprint? Signer, DateTimeOffset? SignedAt)
{
    private static readonly (string Result, string Code)[] Others =
    [
        (SecurityLayer.RevokedKey, VerdictCodes.Revoked), (SecurityLayer.ExpiredKey, VerdictCodes.Expired), (SecurityLayer.OtherSigner, VerdictCodes.Mismatch),
        (SecurityLayer.UnknownKey, VerdictCodes.Unknown), (SecurityLayer.Unsupported, VerdictCodes.Unknown),
    ];

    /// <summary>The verdict on facts.</summary>
    /// <param name="facts">What was found when the mail was filed; null for a mail that did not come in, such as a draft.</param>
    /// <param name="keys">The keys of the address in From, and whatever others are known.</param>
    public static MessageVerdict Of(SecurityFacts? facts, IReadOnlyList<KeyEntry> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        var layers = facts?.Layers ?? [];
        var signatures = layers.Where(layer => layer.Kind == SecurityLayer.Signature).ToList();
        var (code, counts) = SignatureOf(facts, signatures, keys);
        return new MessageVerdict(
            EncryptionOf(facts, [.. layers.Where(layer => layer.Kind == SecurityLayer.Encryption)]), code,
            counts?.Fpr is { } fingerprint ? new Fingerprint(fingerprint) : null, counts?.SigTime);
    }

    private static string EncryptionOf(SecurityFacts? facts, List<SecurityLayer> layers)
    {
        if (layers.Count == 0)
        {
            return facts?.Wrapper == SecurityFacts.WrappedByMx ? VerdictCodes.ByProvider : VerdictCodes.NotEncrypted;
        }

        return layers.TrueForAll(layer => layer is { Part: "", Result: SecurityLayer.Good }) ? VerdictCodes.EndToEnd
            : layers.Exists(layer => layer.Result == SecurityLayer.Damaged) ? VerdictCodes.Failed
            : layers.Exists(layer => layer is { Part: "", Result: SecurityLayer.NoKey }) ? VerdictCodes.NoKey
            : VerdictCodes.Partial;
    }

    private static (string Code, SecurityLayer? Counts) SignatureOf(SecurityFacts? facts, List<SecurityLayer> signatures, IReadOnlyList<KeyEntry> keys)
    {
        if (signatures.Find(layer => layer.Result == SecurityLayer.Bad) is { } bad)
        {
            return (VerdictCodes.Bad, bad);
        }

        if (facts?.Signer is { } signer && signatures.Find(layer => layer.Fpr == signer && layer.Result == SecurityLayer.Good) is { } good)
        {
            return (Judge(facts.From, signer, keys), good);
        }

        // Nothing good by the author: the worst that is known of the others is what must be said.
        foreach (var (result, code) in Others)
        {
            if (signatures.Find(layer => layer.Result == result) is { } layer)
            {
                return (code, layer);
            }
        }

        // What covers a part only says nothing about the mail.
        return (VerdictCodes.NotSigned, null);
    }

    private static string Judge(string? from, string signer, IReadOnlyList<KeyEntry> keys)
    {
        if (keys.Any(key => key.Certificate.Fingerprint.Value == signer && key.Certificate.IsRevoked))
        {
            return VerdictCodes.Revoked; // since then, or it would not have counted as good
        }

        var inUse = EmailAddress.TryParse(from, out var address) ? keys.FirstOrDefault(key => address.Equals(key.Address)) : null;
        return inUse switch
        {
            null => VerdictCodes.New,
            _ when inUse.Certificate.Fingerprint.Value != signer => VerdictCodes.Changed,
            { Level: ValidationLevel.Fingerprint } => VerdictCodes.Confirmed,
            { Level: ValidationLevel.HistoricallyAuditing or ValidationLevel.KnownKey } => VerdictCodes.Known,
            { Level: >= ValidationLevel.ProviderTrust } => VerdictCodes.Provider,
            { EncryptUsed: true, SignUsed: true } => VerdictCodes.Known,
            _ => VerdictCodes.New,
        };
    }
}
