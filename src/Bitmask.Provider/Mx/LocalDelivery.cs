using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bitmask.OpenPgp;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Protocol.Soledad.Leap;
using Bitmask.Provider.Store;
using Bitmask.Smtp;

namespace Bitmask.Provider.Mx;

/// <summary>Whether mail for an address can be taken.</summary>
internal abstract record RecipientAnswer
{
    private RecipientAnswer()
    {
    }

    /// <summary>It can: an account, and a key that is valid now.</summary>
    internal sealed record Deliverable(User User, EmailAddress Address, OpenPgpCertificate Certificate) : RecipientAnswer;

    /// <summary>It can not, now or ever.</summary>
    internal sealed record Refused(SmtpReply Reply) : RecipientAnswer;
}

/// <summary>
/// The last step of all mail for our own users, from the world, from each other, or from ourselves: encrypted in memory to every valid
/// encryption subkey of the recipient, then stored. In clear it never touches the disk (security.md A8).
/// </summary>
internal sealed class LocalDelivery(ProviderSettings settings, ProviderStore store, TimeProvider clock)
{
    /// <summary>Temporary: the sender keeps the mail and comes again for days, in which the owner can make room (RFC 3463 §3.3).</summary>
    public static readonly SmtpReply Full = new(452, "4.2.2", "The recipient's mailbox is full");

    private const int MaxCachedKeys = 1000;

    private readonly ConcurrentDictionary<UserId, (string Armor, OpenPgpCertificate Certificate)> _keys = new();

    /// <summary>Judges an address, such as <c>bob@example.org</c> or <c>bob+lists@example.org</c>.</summary>
    public RecipientAnswer Find(string text)
    {
        if (!EmailAddress.TryParse(text.Contains('@', StringComparison.Ordinal) ? text : $"{text}@{settings.Domain}", out var address))
        {
            return new RecipientAnswer.Refused(new SmtpReply(501, "5.1.3", "Not a mail address"));
        }

        if (address.Domain != settings.Domain)
        {
            return new RecipientAnswer.Refused(SmtpReply.RelayDenied);
        }

        var login = address.Canonical[..address.Canonical.IndexOfAny(['+', '@'])];
        login = login is "postmaster" or "abuse" or "hostmaster" or "webmaster" ? settings.Postmaster ?? login : login;
        return store.FindUserByLogin(login) switch
        {
            null => new RecipientAnswer.Refused(SmtpReply.UnknownRecipient),
            { Enabled: false } => new RecipientAnswer.Refused(new SmtpReply(550, "5.2.1", "This mailbox is disabled")),
            var user when store.UsedOctets(user.Id) >= settings.QuotaOctets => new RecipientAnswer.Refused(Full),
            var user => FindKey(user) is { } certificate
                ? new RecipientAnswer.Deliverable(user, address, certificate)
                : new RecipientAnswer.Refused(new SmtpReply(450, "4.7.13", "The recipient has no valid encryption key at present")),
        };
    }

    /// <summary>
    /// Encrypts and stores. Returns true when it is on disk; also when <paramref name="repeatHash"/> says that this mail was taken before, which
    /// is then not stored again (security.md A9). False: the account has no room for it now.
    /// </summary>
    /// <param name="recipient">From <see cref="Find"/>.</param>
    /// <param name="reversePath">Envelope sender; empty for notices.</param>
    /// <param name="trace">The Received field to add, without its name; null for mail made here.</param>
    /// <param name="message">The mail.</param>
    /// <param name="repeatHash">What it is remembered by.</param>
    /// <param name="remember">For how long.</param>
    /// <param name="cancellationToken">The sender is gone.</param>
    public async Task<bool> DeliverAsync(
        RecipientAnswer.Deliverable recipient, string reversePath, string? trace, ReadOnlyMemory<byte> message, byte[] repeatHash, TimeSpan remember, CancellationToken cancellationToken)
    {
        var (user, now) = (recipient.User, clock.GetUtcNow());
        if (store.IsRemembered(user.Id, repeatHash))
        {
            return true;
        }

        var filed = AddTrace(recipient.Address, reversePath, trace, message);
        if (user.Mode == AccountMode.Leap)
        {
            var armor = MessageEncryptor.Encrypt(new IncomingContent(filed, null).ToBytes(), [recipient.Certificate], now);
            return await store.AddDocumentAsync(
                user.Id, Guid.NewGuid().ToString("n"), LeapDocument(armor), repeatHash, remember, cancellationToken, settings.QuotaOctets) != AddOutcome.Full;
        }

        // Nothing is evaluated yet, and that is what is said; a server that guessed here could later be believed.
        var envelope = new IncomingEnvelope(reversePath, recipient.Address.Address, now, new IncomingAuthentication("none", "none", "none"));
        var encrypted = MessageEncryptor.Encrypt(new IncomingContent(filed, envelope).ToBytes(), [recipient.Certificate], now);
        var id = RandomNumberGenerator.GetHexString(32, lowercase: true);
        return await store.AddIncomingAsync(
            user.Id, id, IncomingBlob.Build(id, now, encrypted), repeatHash, remember, cancellationToken, settings.QuotaOctets) != AddOutcome.Full;
    }

    /// <summary>The value of a Received field (RFC 5321 §4.4).</summary>
    public static string Received(string from, string by, string with, string id, string? recipient, DateTimeOffset time)
        => $"from {from}\r\n\tby {by} with {with} id {id}{(recipient is null ? "" : $"\r\n\tfor <{recipient}>")};\r\n\t{Date(time)}";

    public static string Date(DateTimeOffset time) => time.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);

    /// <summary>LEAP's form of a delivered mail: a document whose text nothing but the recipient's key opens.</summary>
    private static string LeapDocument(byte[] armor)
        => $"{{\"incoming\": true, \"errdecr\": false, \"_enc_scheme\": \"pubkey\", \"_enc_json\": \"{JsonEncodedText.Encode(Encoding.ASCII.GetString(armor))}\"}}";

    private OpenPgpCertificate? FindKey(User user)
    {
        if (user.PublicKey is null)
        {
            return null;
        }

        if (!_keys.TryGetValue(user.Id, out var cached) || cached.Armor != user.PublicKey)
        {
            if (_keys.Count >= MaxCachedKeys)
            {
                _keys.Clear();
            }

            cached = (user.PublicKey, OpenPgpCertificate.Parse(user.PublicKey));
            _keys[user.Id] = cached;
        }

        return cached.Certificate.CanEncryptAt(clock.GetUtcNow()) ? cached.Certificate : null;
    }

    /// <summary>
    /// Adds what the last server adds, and takes out what only it may say: Return-Path (RFC 5321 §4.4) and results in its own name
    /// (RFC 8601 §5).
    /// </summary>
    private byte[] AddTrace(EmailAddress recipient, string reversePath, string? trace, ReadOnlyMemory<byte> message)
    {
        var header = MailHeader.Read(message);
        var added = new StringBuilder().Append("Return-Path: <").Append(reversePath).Append(">\r\nDelivered-To: ").Append(recipient.Address).Append("\r\n");
        if (trace is not null)
        {
            added.Append("Received: ").Append(trace).Append("\r\nAuthentication-Results: ").Append(settings.MxHost).Append("; none\r\n");
        }

        return header.Rewrite(added.ToString(), field =>
            field.Name.Equals("Return-Path", StringComparison.OrdinalIgnoreCase)
            || (field.Name.Equals("Authentication-Results", StringComparison.OrdinalIgnoreCase) && IsOurs(header.Value(field))));
    }

    private bool IsOurs(string results)
    {
        var server = results.Split(';', 2)[0].Trim();
        return server.StartsWith(settings.MxHost, StringComparison.OrdinalIgnoreCase) || server.StartsWith(settings.Domain, StringComparison.OrdinalIgnoreCase);
    }
}
