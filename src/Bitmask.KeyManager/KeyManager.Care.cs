using Bitmask.Keys.Discovery;
using Bitmask.Keys.Documents;
using Bitmask.OpenPgp;
using Bitmask.Primitives;
using Bitmask.Soledad;

namespace Bitmask.Keys;

/// <summary>What one question of an own-key audit came to.</summary>
/// <param name="Source">Who was asked.</param>
/// <param name="Shown">The key that is shown to the world for the own address; null for none.</param>
/// <param name="Trouble">Why it could not be asked; null when it answered.</param>
/// <param name="IsAlarm">Another key is shown than the own one: mail of strangers may be read by somebody else.</param>
public sealed record AuditLine(KeySource Source, Fingerprint? Shown, string? Trouble, bool IsAlarm);

/// <summary>What is done for keys without being asked: news of those that are known, and a look at what the world is shown for the own address.</summary>
public sealed partial class KeyManager
{
    /// <summary>
    /// Asks for the own address as a stranger would, without any token (security.md C9). A key shown that is not the own one is an alarm; none shown is not,
    /// for it may not be published yet.
    /// </summary>
    public async Task<IReadOnlyList<AuditLine>> AuditOwnKeyAsync(CancellationToken cancellationToken = default)
    {
        var own = _options.OwnKeyFingerprint() ?? (OwnKey() as OwnKey.Present)?.Key.Fingerprint;
        var lines = new List<AuditLine> { Judge(KeySource.KeyDirectory, await _directory.AskAsync(OwnAddress, cancellationToken).ConfigureAwait(false)) };
        if (_web is not null)
        {
            lines.Add(Judge(KeySource.WebKeyDirectory, await _web.AskAsync(OwnAddress, cancellationToken).ConfigureAwait(false)));
        }

        return own is null ? [] : lines;

        AuditLine Judge(KeySource source, DirectoryAnswer answer) => answer switch
        {
            DirectoryAnswer.Certificate { Value.Fingerprint: var shown } => new AuditLine(source, shown, null, shown != own),
            DirectoryAnswer.Failed failed => new AuditLine(source, null, failed.Reason, false),
            _ => new AuditLine(source, null, null, false),
        };
    }

    /// <summary>
    /// Looks for news of one key that is in use, chosen by chance: that it was revoked, above all. By fingerprint at a key server if the user named one,
    /// which tells it no address; else where the address's key comes from. Answers the address; null when there is no key to look for.
    /// </summary>
    public async Task<EmailAddress?> RefreshOneAsync(Random chance, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(chance);
        var others = List().Where(key => key.Address?.Equals(OwnAddress) == false).ToList();
        if (others.Count == 0)
        {
            return null;
        }

        var chosen = others[chance.Next(others.Count)];
        var (address, fingerprint) = (chosen.Address!, chosen.Certificate.Fingerprint);
        if (_servers is { IsThere: true } servers && chance.Next(2) == 0)
        {
            // Good for this key only: what the server says about whose it is, counts for nothing.
            if (await servers.AskAsync(fingerprint, cancellationToken).ConfigureAwait(false) is DirectoryAnswer.Certificate { Value: var news })
            {
                await _store.WriteAsync(transaction => MergeNews(transaction, news), cancellationToken).ConfigureAwait(false);
            }
        }
        else
        {
            await RefreshAsync(address, cancellationToken).ConfigureAwait(false);
        }

        return address;
    }

    private void MergeNews(StoreTransaction transaction, OpenPgpCertificate news)
    {
        if (KeyDocuments.FindKey(transaction, news.Fingerprint, isPrivate: false) is { } document && ReadCertificate(document) is { } stored)
        {
            _documents.Put(transaction, KeyDocument.From(stored.Merge(news), null, _clock.GetUtcNow()) with { Uids = document.Uids });
        }
    }
}
