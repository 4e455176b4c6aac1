using Bitmask.Keys;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.OpenPgp.Secret;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Mail.Pipelines;

/// <summary>Opens one item: the provider's wrapper, the JSON in it, and the mail in that.</summary>
internal sealed class ItemOpener(MailAccount account, KeyManager keys, TimeProvider clock, IncomingOptions options)
{
    /// <summary>Largest wrapper that is attached to a notice.</summary>
    public const int MaxAttachedOctets = 16 * 1024 * 1024;

    public async Task<ItemAnswer> OpenAsync(byte[] wrapper, DateTimeOffset received, IncomingItem row, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var secrets = keys.SecretKeys();
        switch (MessageDecryptor.Decrypt(wrapper, secrets, [], now))
        {
            case DecryptionResult.NoKey when secrets.Count == 0 || keys.OwnKey() is OwnKey.Withheld:
                return new ItemAnswer.Failed("The account's own key is not on this device yet.", wrapper, Counts: false);
            case DecryptionResult.NoKey:
                return new ItemAnswer.Failed("It is encrypted to a key that is not on this device.", wrapper, Counts: true);
            case DecryptionResult.Damaged damaged:
                return new ItemAnswer.Failed(damaged.Reason, wrapper, Counts: true);
            case DecryptionResult.Opened opened when TryParse(opened.Data) is { } content:
                return await OpenAsync(opened.Data, content, secrets, received, row, now, cancellationToken).ConfigureAwait(false)
                    ?? new ItemAnswer.Failed("The sender's key could not be looked up.", wrapper, Counts: true);
            default:
                return new ItemAnswer.Failed("What the provider encrypted is no mail.", wrapper, Counts: true);
        }
    }

    private static IncomingContent? TryParse(byte[] data)
    {
        try
        {
            return IncomingContent.Parse(data);
        }
        catch (SoledadProtocolException)
        {
            return null;
        }
    }

    /// <summary>Null when it is worth waiting for the sender's key.</summary>
    private async Task<ItemAnswer?> OpenAsync(
        byte[] data, IncomingContent content, IReadOnlyList<OpenPgpSecretKey> secrets, DateTimeOffset received, IncomingItem row, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var auth = content.Envelope?.Auth is { } a ? new ArrivalAuthentication(a.Spf, a.Dkim, a.Dmarc) : null;
        // Signatures are judged by the certificates of the address in From and by no others.
        var from = MailAddresses.Single(RawMessage.Parse(content.Content), "From");
        var opened = Open(from is null ? SignerCandidates.None : new SignerCandidates(() => keys.Signers(from), []));

        // Only the own provider is asked: a look-up at the sender's domain would tell it that, when and where its mail arrived (security.md C8).
        if (opened.UnknownSigner is { } stranger)
        {
            switch (await keys.FindAsync(stranger, LookupScope.OwnProvider, cancellationToken).ConfigureAwait(false))
            {
                case KeyLookup.Found found:
                    opened = Open(new SignerCandidates(() => [found.Certificate, .. keys.Signers(stranger)], []));
                    break;
                case KeyLookup.Failed { IsTransient: true } when row.Attempts < options.MaxSignerAttempts:
                    return null;
            }
        }

        if (opened.UnknownSigner is { } author)
        {
            // Not the author, then; somebody else who is known?
            opened = Open(new SignerCandidates(() => keys.Signers(author), keys.Holders(opened.Security.Makers)));
        }

        return new ItemAnswer.Opened(new IncomingMail(account.IncomingId(data), opened.Raw, content.Envelope?.Received ?? received, opened.Security), opened.Security);

        OpenedMessage Open(SignerCandidates signers) => new MessageOpener(secrets, signers, now).Open(content.Content, SecurityFacts.WrappedByMx, auth);
    }
}
