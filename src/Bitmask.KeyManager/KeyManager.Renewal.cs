using Bitmask.Keys.Documents;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;

namespace Bitmask.Keys;

/// <summary>
/// The own key, changed. Both halves are stored in one transaction; handing the public one to the provider is the caller's, who compares what the provider
/// was given last with what is here, so that an upload that failed is made up for.
/// </summary>
public sealed partial class KeyManager
{
    /// <summary>So long before it expires, a key is renewed.</summary>
    public static TimeSpan RenewBefore { get; } = TimeSpan.FromDays(60);

    /// <summary>So long a renewed key lasts.</summary>
    public static TimeSpan RenewedFor { get; } = TimeSpan.FromDays(2 * 365);

    /// <summary>
    /// Moves the expiry of the own key when it is near or past. A key that never expires stays so; one that is revoked stays revoked; one that is not here is not
    /// made (security.md A3). Answers the renewed certificate; null when nothing was to be done.
    /// </summary>
    public Task<OpenPgpCertificate?> RenewOwnKeyAsync(CancellationToken cancellationToken = default)
        => ChangeOwnAsync(
            (key, now) => key.Certificate is { IsRevoked: false, Expires: { } expires } && expires - now < RenewBefore && key.HasPrimarySecret
                ? key.WithExpiry(Whole(now) + RenewedFor, now) : null,
            cancellationToken);

    /// <summary>
    /// Gives the own key another subkey to encrypt to. Those before are revoked as superseded and stay here: they read what was encrypted to them.
    /// Answers the changed certificate.
    /// </summary>
    /// <exception cref="OwnKeyWithheldException">The own key is not on this device.</exception>
    /// <exception cref="KeyActException">It is revoked, or its primary secret is not here.</exception>
    public async Task<OpenPgpCertificate> RotateOwnKeyAsync(CancellationToken cancellationToken = default)
    {
        var own = OwnKey() switch
        {
            Keys.OwnKey.Present present => present.Key,
            Keys.OwnKey.Withheld withheld => throw new OwnKeyWithheldException(withheld.Fingerprint),
            _ => throw new KeyActException("own-key-missing", "The account has no key yet."),
        };
        return own.Certificate.IsRevoked || !own.HasPrimarySecret
            ? throw new KeyActException("own-key-fixed", "The own key is revoked, or the secret that could change it is not on this device.")
            : (await ChangeOwnAsync((key, now) => key.WithRotatedEncryptionSubkey(null, now), cancellationToken).ConfigureAwait(false))!;
    }

    private Task<OpenPgpCertificate?> ChangeOwnAsync(Func<OpenPgpSecretKey, DateTimeOffset, OpenPgpSecretKey?> change, CancellationToken cancellationToken)
        => _store.WriteAsync(
            transaction =>
            {
                // Read inside: another device's change may have come with a sync meanwhile.
                var now = _clock.GetUtcNow();
                if ((_options.OwnKeyFingerprint() ?? ActiveOwn(transaction)) is not { } named || KeyDocuments.FindKey(transaction, named, isPrivate: true) is not { } document
                    || _secretKeys.Get(document) is not { } own)
                {
                    return null;
                }

                using var changed = change(own, now);
                if (changed is null)
                {
                    return null;
                }

                _documents.Put(transaction, KeyDocument.From(changed.Certificate, changed.ExportArmor(), now) with { More = document.More });
                _documents.Put(transaction, KeyDocument.From(changed.Certificate, null, now));
                return changed.Certificate;
            },
            cancellationToken);
}
