using System.Text;
using Bitmask.Keys.Discovery;
using Bitmask.Keys.Documents;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using Bitmask.Soledad;

namespace Bitmask.Keys;

/// <summary>
/// The OpenPGP keys of one account: its own, and those of the people it writes to. They live as documents in the account's store
/// and sync with it; where none is known, the provider's key directory is asked. Nothing is ever made, sent out or
/// replaced but by the rules named at each member.
/// </summary>
public sealed partial class KeyManager : IDisposable
{
    private static readonly CertificateLimits OwnDocuments = new() { MaxOctets = int.MaxValue };

    private readonly SoledadStore _store;
    private readonly KeyManagerOptions _options;
    private readonly TimeProvider _clock;
    private readonly KeyDocuments _documents;
    private readonly KeyDiscovery _discovery;
    private readonly NicknymClient _directory;
    private readonly WkdClient? _web;
    private readonly KeyServerClient? _servers;
    private readonly AnswerCache _answers;
    private readonly SecretKeyRing _secretKeys = new();

    /// <summary>Starts on an open store, which outlives it.</summary>
    /// <param name="store">The documents; opened with <see cref="ConflictResolvers"/> and <see cref="Projections"/>.</param>
    /// <param name="http">Speaks to the key directory: trusts the provider's CA, follows no redirects. Not disposed here.</param>
    /// <param name="options">Whose keys, and whom to ask.</param>
    /// <param name="clock">The clock; the machine's by default.</param>
    /// <param name="web">
    /// Speaks to other domains and to key servers: trusts the web's CAs, follows no redirects. Without it none of them is asked. Not disposed here.
    /// </param>
    public KeyManager(SoledadStore store, HttpClient http, KeyManagerOptions options, TimeProvider? clock = null, HttpClient? web = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(options);
        (_store, _options, _clock) = (store, options, clock ?? TimeProvider.System);
        _documents = new KeyDocuments(options.RandomDocumentIds);
        _directory = new NicknymClient(new KeyFetch(http, options.LookupTimeout, _clock), options.KeyDirectory);
        if (web is not null)
        {
            var fetch = new KeyFetch(web, options.LookupTimeout, _clock);
            _web = options.UseWebKeyDirectory ? new WkdClient(fetch, _clock, options.IsBehindProxy) : null;
            _servers = new KeyServerClient(fetch, options.KeyServer, options.OpenKeyServer);
        }

        _discovery = new KeyDiscovery(_directory, _web, _servers, options.Address.Domain);
        _answers = new AnswerCache(options.AnswerLifetime, _clock);
    }

    /// <summary>How key documents merge when two devices wrote them at once; for <see cref="SoledadOptions.Resolvers"/>.</summary>
    public static IReadOnlyList<IConflictResolver> ConflictResolvers { get; } = [new KeyConflictResolver(), new ActiveConflictResolver(), new PeerConflictResolver()];

    /// <summary>What finds the keys of an address or of a signature's maker; for <see cref="SoledadOptions.Projections"/>.</summary>
    public static IReadOnlyList<IDocumentProjection> Projections { get; } = [new KeyNames()];

    private EmailAddress OwnAddress => KeyAddress.Normalize(_options.Address);

    /// <summary>
    /// Makes the account's key, stores both halves and uploads the public one. For account creation only (security.md A3). When the
    /// key is there already, as after a creation that was interrupted, it is uploaded again. When the upload
    /// fails, its exception comes through and the key stays.
    /// </summary>
    /// <param name="uploadAsync">Hands the certificate to the provider.</param>
    /// <param name="cancellationToken">Stops the upload.</param>
    /// <exception cref="OwnKeyWithheldException">The keyset names a key that is not here.</exception>
    public async Task<OpenPgpCertificate> CreateOwnKeyAsync(Func<OpenPgpCertificate, CancellationToken, Task> uploadAsync, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(uploadAsync);
        var certificate = OwnKey() switch
        {
            Keys.OwnKey.Present present => present.Key.Certificate,
            Keys.OwnKey.Withheld withheld => throw new OwnKeyWithheldException(withheld.Fingerprint),
            _ => await MakeOwnKeyAsync(cancellationToken).ConfigureAwait(false),
        };
        await uploadAsync(certificate, cancellationToken).ConfigureAwait(false);
        return certificate;
    }

    /// <summary>The account's own key: the one that the keyset names, whatever else is in the store.</summary>
    public OwnKey OwnKey()
    {
        var named = _options.OwnKeyFingerprint();
        var document = _store.Read(reader => (named ?? ActiveOwn(reader)) is { } fingerprint ? KeyDocuments.FindKey(reader, fingerprint, isPrivate: true) : null);
        return document is not null && _secretKeys.Get(document) is { } key ? new OwnKey.Present(key)
            : named is { } missing ? new OwnKey.Withheld(missing)
            : new OwnKey.Absent();
    }

    /// <summary>
    /// All secret keys, the own one first, then those that expire last; old ones stay to read old mail. Lent: they live until the key
    /// manager is disposed.
    /// </summary>
    public IReadOnlyList<OpenPgpSecretKey> SecretKeys()
    {
        var own = (OwnKey() as OwnKey.Present)?.Key.Fingerprint;
        return _store.Read(reader => KeyDocuments.Keys(reader, isPrivate: true).ToList())
            .Select(_secretKeys.Get).OfType<OpenPgpSecretKey>()
            .OrderByDescending(key => key.Fingerprint == own)
            .ThenByDescending(key => key.Certificate.Expires ?? DateTimeOffset.MaxValue)
            .ToList();
    }

    /// <summary>The same, for mail that is being sent.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Task<KeyLookup> FindAsync(EmailAddress address, CancellationToken cancellationToken = default) => FindAsync(address, LookupScope.Everywhere, cancellationToken);

    /// <summary>
    /// The key to encrypt to. A usable one in the store answers at once; else those are asked who may know, and their answer,
    /// if the rules of <see cref="KeyReplacement"/> allow it, stored.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<KeyLookup> FindAsync(EmailAddress address, LookupScope scope, CancellationToken cancellationToken = default)
    {
        var asked = KeyAddress.Normalize(address);
        try
        {
            return asked.Equals(OwnAddress) ? FindOwn() : await FindOtherAsync(asked, _discovery.HasOthers ? scope : LookupScope.Everywhere, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyVersionException e)
        {
            return new KeyLookup.Failed(e.Message, IsTransient: false);
        }
    }

    /// <summary>All public keys: those in use by address, then those that are only kept.</summary>
    public IReadOnlyList<KeyEntry> List() => _store.Read(reader =>
    {
        var keys = KeyDocuments.Keys(reader, isPrivate: false).ToDictionary(key => key.Fingerprint);
        var secret = KeyDocuments.Keys(reader, isPrivate: true).Select(key => key.Fingerprint).ToHashSet();
        var actives = KeyDocuments.Actives(reader, isPrivate: false).Where(active => keys.ContainsKey(active.Fingerprint)).OrderBy(active => active.Address, StringComparer.Ordinal).ToList();
        var idle = keys.Keys.Except(actives.Select(active => active.Fingerprint)).Order(StringComparer.Ordinal);
        return actives.Select(active => Entry(keys[active.Fingerprint], active, secret))
            .Concat(idle.Select(fingerprint => Entry(keys[fingerprint], null, secret)))
            .OfType<KeyEntry>().ToList();
    });

    /// <summary>The certificate in use for an address, armored; null when there is none.</summary>
    public string? Export(EmailAddress address)
        => _store.Read(reader => ReadKnown(reader, KeyAddress.Normalize(address)))?.Certificate?.ToArmor();

    /// <summary>The own key with its secret half, armored and locked with a passphrase: to be kept, or used in another program.</summary>
    /// <param name="passphrase">UTF-8, not empty. The caller disposes it.</param>
    /// <exception cref="OwnKeyWithheldException">It is not on this device.</exception>
    /// <exception cref="KeyActException">The account has none yet.</exception>
    public string ExportSecret(SecretBytes passphrase) => OwnKey() switch
    {
        Keys.OwnKey.Present present => present.Key.ExportLockedArmor(passphrase),
        Keys.OwnKey.Withheld withheld => throw new OwnKeyWithheldException(withheld.Fingerprint),
        _ => throw new KeyActException("own-key-missing", "The account has no key yet."),
    };

    /// <summary>Notes that something was encrypted to the key of an address; part of the caller's transaction.</summary>
    public void MarkEncrypted(StoreTransaction transaction, EmailAddress address, Fingerprint fingerprint)
        => Mark(transaction, address, fingerprint, active => active with { EncrUsed = true });

    /// <summary>Notes that a signature by the key of an address was found good; part of the caller's transaction.</summary>
    public void MarkSigned(StoreTransaction transaction, EmailAddress address, Fingerprint fingerprint)
        => Mark(transaction, address, fingerprint, active => active with { SignUsed = true });

    /// <summary>Wipes the secret keys that were lent.</summary>
    public void Dispose() => _secretKeys.Dispose();

    private static OpenPgpCertificate? ReadCertificate(KeyDocument document)
    {
        try
        {
            return OpenPgpCertificate.Parse(Encoding.UTF8.GetBytes(document.KeyData), OwnDocuments);
        }
        catch (OpenPgpFormatException)
        {
            return null;
        }
    }

    private static KnownKey? ReadKnown(StoreReader reader, EmailAddress address)
    {
        if (KeyDocuments.FindActive(reader, address, isPrivate: false) is not { } active)
        {
            return null;
        }

        var key = KeyDocuments.FindKey(reader, new Fingerprint(active.Fingerprint), isPrivate: false);
        return active.Version > ActiveDocument.KnownVersion || key?.Version > KeyDocument.KnownVersion
            ? throw new KeyVersionException(new Fingerprint(active.Fingerprint))
            : new KnownKey(active, key is null ? null : ReadCertificate(key));
    }

    private static KeyEntry? Entry(KeyDocument key, ActiveDocument? active, HashSet<string> secret)
        => ReadCertificate(key) is not { } certificate ? null : new KeyEntry(
            EmailAddress.TryParse(active?.Address, out var address) ? address : null,
            certificate, active?.Level ?? ValidationLevel.WeakChain, active?.EncrUsed ?? false, active?.SignUsed ?? false, secret.Contains(key.Fingerprint),
            key.RefreshedAt == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(key.RefreshedAt));

    private Fingerprint? ActiveOwn(StoreReader reader)
        => KeyDocuments.FindActive(reader, OwnAddress, isPrivate: true) is { } active ? new Fingerprint(active.Fingerprint) : null;

    private async Task<KeyLookup> FindOtherAsync(EmailAddress asked, LookupScope scope, CancellationToken cancellationToken)
    {
        var (known, peer) = _store.Read(reader => (ReadKnown(reader, asked), KeyDocuments.FindPeer(reader, asked)));
        if (peer is { IsReleased: true, Release: { } release })
        {
            return new KeyLookup.Released(release.At);
        }

        if (known?.Lookup(_clock.GetUtcNow()) is { } found)
        {
            return found;
        }

        if (_answers.Find(asked, scope) is { } remembered)
        {
            return remembered;
        }

        KeyLookup answer = await _discovery.AskAsync(asked, scope, cancellationToken).ConfigureAwait(false) switch
        {
            DiscoveryAnswer.Found offer => await PutAsync(offer.Certificate, asked, offer.Level, offer.Source, cancellationToken).ConfigureAwait(false),
            DiscoveryAnswer.Failed failed => new KeyLookup.Failed(failed.Reason, failed.IsTransient),
            // A key was known: its owner reads encrypted mail, and an empty answer does not change that.
            _ when known is { Binds: true } => new KeyLookup.Rejected($"The known key {known.Fingerprint} {known.Fault(_clock.GetUtcNow())}, and nobody has another.", known.Fingerprint, null),
            _ when peer is { Distrusted: [.., var distrusted] } => new KeyLookup.Rejected("The only key known was distrusted, and nobody has another.", new Fingerprint(distrusted.Fingerprint), null),
            _ => new KeyLookup.NotFound(),
        };

        _answers.Remember(asked, scope, answer);
        return answer;
    }

    private KeyLookup FindOwn() => OwnKey() switch
    {
        OwnKey.Present { Key.Certificate: var certificate } when certificate.CanEncryptAt(_clock.GetUtcNow())
            => new KeyLookup.Found(certificate, ValidationLevel.Fingerprint, KeySource.Store),
        OwnKey.Present { Key.Certificate: var certificate } => new KeyLookup.Rejected("The own key has expired or is revoked.", certificate.Fingerprint, null),
        OwnKey.Withheld withheld => new KeyLookup.Failed($"The own key {withheld.Fingerprint} is not on this device yet.", IsTransient: true),
        _ => new KeyLookup.NotFound(),
    };

    private Task<OpenPgpCertificate> MakeOwnKeyAsync(CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        return _store.WriteAsync(
            transaction =>
            {
                using var key = OpenPgpSecretKey.Generate(OwnAddress, now);
                foreach (var isPrivate in (bool[])[true, false])
                {
                    _documents.Put(transaction, KeyDocument.From(key.Certificate, isPrivate ? key.ExportArmor() : null, now));
                    _documents.Put(transaction, new ActiveDocument
                    {
                        Address = OwnAddress.Canonical,
                        Fingerprint = key.Fingerprint.Value,
                        Private = isPrivate,
                        Validation = ValidationLevel.Fingerprint.Name(),
                    });
                }

                return key.Certificate;
            },
            cancellationToken);
    }

    private void Mark(StoreTransaction transaction, EmailAddress address, Fingerprint fingerprint, Func<ActiveDocument, ActiveDocument> mark)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        if (KeyDocuments.FindActive(transaction, KeyAddress.Normalize(address), isPrivate: false) is { } active && active.Fingerprint == fingerprint.Value)
        {
            _documents.Put(transaction, mark(active));
        }
    }
}
