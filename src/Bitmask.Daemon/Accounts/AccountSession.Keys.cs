using System.Text;
using Bitmask.Keys;
using Bitmask.OpenPgp;
using Bitmask.Primitives;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Daemon.Accounts;

/// <summary>The keys of an unlocked account: what is known, and what its owner decides.</summary>
internal sealed partial class AccountSession
{
    public IReadOnlyList<KeyLine> ListKeys() => [.. _keys.List().Select(key => new KeyLine
    {
        Address = key.Address?.Address ?? (key.Certificate.Addresses is [var first, ..] ? first.Address : ""),
        Fingerprint = key.Certificate.Fingerprint.Value,
        Validation = key.Level.ToString(),
        IsOwn = key.HasSecret,
        Expires = key.Certificate.Expires,
    })];

    public KeyExport ExportKey(EmailAddress address)
    {
        var key = _keys.List().FirstOrDefault(key => address.Equals(key.Address));
        return key is not null
            ? new KeyExport(address.Address, key.Certificate.Fingerprint.Value, key.Certificate.ToArmor())
            : throw new DaemonException("no-key", $"No key of {address.Address} is known here.", "It is looked for when you write to that address.");
    }

    /// <summary>The account's own key with its secret half, locked with a passphrase of the owner's choice.</summary>
    public KeyExport ExportSecretKey(AccountSecrets secrets)
    {
        if (secrets.NewPassphrase.Length == 0)
        {
            throw new DaemonException("empty-passphrase", "A secret key leaves here only behind a passphrase.", null);
        }

        using var passphrase = new SecretBytes(Encoding.UTF8.GetBytes(secrets.NewPassphrase));
        var armor = _keys.ExportSecret(passphrase);
        return new KeyExport(Address.Address, ((OwnKey.Present)_keys.OwnKey()).Key.Fingerprint.Value, armor);
    }

    public KeyExplained ExplainKey(EmailAddress address) => Line(_keys.Explain(address), null);

    public async Task<KeyExplained> ConfirmKeyAsync(EmailAddress address, KeyDecision decision, CancellationToken cancellationToken)
        => Told(address, await _keys.ConfirmAsync(address, decision.Fingerprint ?? "", cancellationToken));

    public async Task<KeyExplained> DistrustKeyAsync(EmailAddress address, KeyDecision decision, CancellationToken cancellationToken)
    {
        Fingerprint? meant = decision.Fingerprint is null ? null
            : FingerprintText.Parse(decision.Fingerprint) ?? throw new DaemonException("bad-fingerprint", "That is no fingerprint.", "It has 40 or 64 hex digits.");
        await _keys.DistrustAsync(address, meant, cancellationToken);
        Outgoing.Wake();
        return ExplainKey(address);
    }

    public async Task<KeyExplained> ReleaseFromEncryptionAsync(EmailAddress address, KeyDecision decision, CancellationToken cancellationToken)
    {
        await _keys.ReleaseAsync(address, !decision.Undo, cancellationToken);
        Outgoing.Wake();
        return ExplainKey(address);
    }

    /// <summary>Takes a key in that the user got by a way of his own and so vouches for. In place of another key only when told so.</summary>
    public async Task<KeyExplained> ImportKeyAsync(EmailAddress address, KeyDecision decision, bool mayReplace, CancellationToken cancellationToken)
    {
        OpenPgpCertificate certificate;
        try
        {
            certificate = OpenPgpCertificate.Parse(decision.Armor ?? "");
        }
        catch (OpenPgpFormatException unreadable)
        {
            throw new DaemonException("bad-key", $"That can not be read as a public key: {unreadable.Message}", "It must be one OpenPGP certificate in ASCII armor, without its secret half.");
        }

        if (!mayReplace && _keys.Explain(address).InUse is { Certificate.Fingerprint: var known } && known != certificate.Fingerprint)
        {
            throw new DaemonException("other-key", $"{address.Address} has another key in use, {known}.", $"If you have compared them: bitmaskctl keys replace {Address.Address} {address.Address} FILE");
        }

        return Told(address, await _keys.ImportAsync(certificate, address, cancellationToken: cancellationToken));
    }

    public async Task<KeyExplained> DeleteKeyAsync(EmailAddress address, CancellationToken cancellationToken)
    {
        await _keys.DeleteAsync(address, cancellationToken);
        return ExplainKey(address);
    }

    /// <summary>Another subkey to encrypt to; the provider gets it at once, or as soon as it can be reached.</summary>
    public async Task<KeyExplained> RotateOwnKeyAsync(CancellationToken cancellationToken)
    {
        await _keys.RotateOwnKeyAsync(cancellationToken);
        string? trouble = null;
        try
        {
            await _setup.UploadKeyAsync(cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested && (failure is HttpRequestException || Api.ApiErrors.Translate(failure) is not null))
        {
            trouble = "The provider does not have it yet; it gets it within hours, or when the account is unlocked next.";
        }

        return Line(_keys.Explain(Address), trouble);
    }

    public async Task<KeyExplained> RefreshKeyAsync(EmailAddress address, CancellationToken cancellationToken)
    {
        var trouble = await _keys.RefreshAsync(address, cancellationToken) switch
        {
            KeyLookup.Rejected rejected => rejected.Reason,
            KeyLookup.Failed failed => failed.Reason,
            KeyLookup.NotFound => "Nobody who was asked has a key for the address.",
            _ => null,
        };
        return Line(_keys.Explain(address), trouble);
    }

    private static KeyExplained Line(KeyExplanation explained, string? trouble) => new()
    {
        Address = explained.Address.Address,
        Fingerprint = explained.InUse?.Certificate.Fingerprint.Value,
        Validation = explained.InUse?.Level.Name(),
        State = explained.State?.ToString().ToLowerInvariant(),
        Expires = explained.InUse?.Certificate.Expires,
        EncryptUsed = explained.InUse?.EncryptUsed ?? false,
        SignUsed = explained.InUse?.SignUsed ?? false,
        Binds = explained.Binds,
        Released = explained.Release is { IsReleased: true } release ? release.At : null,
        QrText = explained.InUse is { } key ? FingerprintText.ToQrText(key.Certificate.Fingerprint, explained.Address) : null,
        History = [.. explained.History.Select(e => new KeyEventLine(e.Act, e.At, e.Fingerprint, e.Validation, e.Source, e.Rule, e.Replaced))],
        Candidates = [.. explained.Candidates.Select(key => new KeyCandidateLine(key.Fingerprint, key.Source, key.At, key.Reason))],
        Distrusted = [.. explained.Distrusted.Select(key => key.Fingerprint)],
        Trouble = trouble,
    };

    /// <summary>After a decision: mail that was held for it looks again.</summary>
    private KeyExplained Told(EmailAddress address, KeyLookup answer)
    {
        if (answer is KeyLookup.Rejected rejected)
        {
            throw new DaemonException("key-refused", rejected.Reason, $"See why with: bitmaskctl keys explain {Address.Address} {address.Address}");
        }

        Outgoing.Wake();
        return ExplainKey(address);
    }

    private KeyManagerOptions KeyOptions() => new()
    {
        Address = Address,
        KeyDirectory = AccountBirth.KeyDirectoryOf(Address),
        OwnKeyFingerprint = OwnFingerprint,
        UseWebKeyDirectory = _settings.WebKeyDirectory,
        KeyServer = _settings.KeyServer is { } server ? new Uri(server) : null,
        OpenKeyServer = _settings.OpenKeyServer is { } open ? new Uri(open) : null,
        IsBehindProxy = _settings.Proxy is not null,
    };
}
