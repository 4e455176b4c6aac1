namespace Bitmask.Protocol.Daemon;

/// <summary>Answer to <c>GET /v1/version</c>.</summary>
/// <param name="Version">The daemon's version.</param>
public sealed record DaemonVersion(string Version);

/// <summary>State of one of the daemon's doors for programs.</summary>
/// <param name="Name"><c>imap</c>, <c>smtp</c> or <c>http</c>.</param>
/// <param name="State"><c>listening</c> or <c>failed</c>.</param>
/// <param name="Address">IP address and port.</param>
/// <param name="Error">Why it failed, with what to do; null when it listens.</param>
public sealed record DoorStatus(string Name, string State, string Address, string? Error);

/// <summary>Something that happened to an account and that its owner has to know.</summary>
/// <param name="Name">Stable, such as <c>provider-inconsistent</c>.</param>
/// <param name="Message">What happened, fit to show.</param>
/// <param name="Time">When it was noticed.</param>
public sealed record AccountEvent(string Name, string Message, DateTimeOffset Time);

/// <summary>Answer to <c>POST /v1/store/ADDRESS/check</c>.</summary>
/// <param name="Address">The account.</param>
/// <param name="Faults">What is wrong now, in words that name ids only; empty when all is well.</param>
/// <param name="Repaired">How many faults there were before they were repaired; null when nothing was repaired.</param>
/// <param name="Salvaged">What a salvage did; null when there was none.</param>
public sealed record StoreChecked(string Address, IReadOnlyList<string> Faults, int? Repaired, StoreSalvaged? Salvaged = null);

/// <summary>What could be read of a damaged database is in a new one.</summary>
/// <param name="KeptAside">The folder that the damaged files are in now.</param>
/// <param name="DamagedPages">Pages of 4 KiB that could not be read.</param>
/// <param name="Documents">Documents that were read.</param>
/// <param name="LostDocuments">Documents that are known to have been there and were not read. They are fetched from the provider again.</param>
/// <param name="Lost">What nobody can bring back, and what else may be missing, in words; empty when there is nothing of it.</param>
public sealed record StoreSalvaged(string KeptAside, long DamagedPages, long Documents, long LostDocuments, IReadOnlyList<string> Lost);

/// <summary>How far a running sync has come.</summary>
/// <param name="Phase"><c>sending</c>, <c>receiving</c>; on a new device <c>fetching-small</c> (keys, mailboxes, the list of mails), then <c>fetching-large</c>.</param>
/// <param name="Done">Documents done in this phase.</param>
/// <param name="Total">How many there are, as far as is known.</param>
/// <param name="Rate">Documents in a second.</param>
public sealed record SyncProgressLine(string Phase, long Done, long Total, double Rate);

/// <summary>One account in the daemon's status.</summary>
public sealed record AccountStatus
{
    /// <summary>The mail address.</summary>
    public required string Address { get; init; }

    /// <summary>The account's id at its provider.</summary>
    public required string Uuid { get; init; }

    /// <summary><c>sealed</c> or <c>leap</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>False while the account is locked.</summary>
    public required bool Unlocked { get; init; }

    /// <summary>What sync does or waits for, such as <c>idle</c>, <c>syncing</c> or <c>waiting</c>; null when locked.</summary>
    public string? Sync { get; init; }

    /// <summary>Why sync waits; null when it does not.</summary>
    public string? SyncReason { get; init; }

    /// <summary>How far the running sync has come; null when none runs or it has moved nothing yet.</summary>
    public SyncProgressLine? SyncProgress { get; init; }

    /// <summary>When the last sync ended well.</summary>
    public DateTimeOffset? LastSync { get; init; }

    /// <summary>The account's own OpenPGP key: <c>present</c>, <c>awaited</c> before the first sync, or <c>withheld</c> when the provider did not bring it; null when locked.</summary>
    public string? OwnKey { get; init; }

    /// <summary>Mails in the outbox that have not been sent to everybody.</summary>
    public int Outbox { get; init; }

    /// <summary>Unread mails in INBOX.</summary>
    public int Unread { get; init; }

    /// <summary>Large parts of mail on their way to the provider and from it; null when locked, or before the provider was reached.</summary>
    public AttachmentStatus? Attachments { get; init; }

    /// <summary>The account's room at the provider, as that said with the last sync; null when locked, or when it did not say.</summary>
    public QuotaStatus? Quota { get; init; }

    /// <summary>The latest events, oldest first.</summary>
    public IReadOnlyList<AccountEvent> Events { get; init; } = [];
}

/// <summary>Room at the provider.</summary>
/// <param name="UsedOctets">What the account takes: documents, mail that waits, large parts and those in the trash; to a MiB.</param>
/// <param name="LimitOctets">What it may take in all.</param>
public sealed record QuotaStatus(long UsedOctets, long LimitOctets);

/// <summary>Large parts of mail between this device and the provider.</summary>
/// <param name="State"><c>idle</c>, <c>moving</c>, or <c>waiting</c> for another attempt.</param>
/// <param name="ToSend">Parts that the provider does not have yet.</param>
/// <param name="ToFetch">Parts that are wanted from there.</param>
/// <param name="CachedOctets">Octets of parts kept on this device.</param>
/// <param name="Reason">Why they wait; null when they do not.</param>
public sealed record AttachmentStatus(string State, long ToSend, long ToFetch, long CachedOctets, string? Reason);

/// <summary>Answer to <c>GET /v1/status</c>.</summary>
public sealed record DaemonStatus
{
    /// <summary>The daemon's version.</summary>
    public required string Version { get; init; }

    /// <summary>Its process.</summary>
    public required int Pid { get; init; }

    /// <summary>The doors for programs.</summary>
    public required IReadOnlyList<DoorStatus> Doors { get; init; }

    /// <summary>All accounts on this device.</summary>
    public required IReadOnlyList<AccountStatus> Accounts { get; init; }
}

/// <summary>Body of <c>POST /v1/users</c> (create) and <c>POST /v1/users/{address}/auth</c>. Holds a passphrase, so it is no record.</summary>
public sealed class Credentials
{
    /// <summary>The mail address.</summary>
    public required string Address { get; init; }

    /// <summary>The passphrase.</summary>
    public required string Passphrase { get; init; }
}

/// <summary>Answer to creating or unlocking an account.</summary>
/// <param name="Address">The mail address.</param>
/// <param name="Uuid">The account's id at its provider.</param>
/// <param name="Fingerprint">The account's own OpenPGP key.</param>
/// <param name="Online">False when it was unlocked without reaching the provider; the reason stands in the status.</param>
public sealed record UserAnswer(string Address, string Uuid, string? Fingerprint, bool Online);

/// <summary>Answer to <c>POST /v1/users/{address}/logout</c>.</summary>
/// <param name="Address">The mail address.</param>
/// <param name="WasUnlocked">False when it was locked already.</param>
/// <param name="Outbox">Accepted mails that stay in the outbox until the account is unlocked again.</param>
public sealed record LogoutAnswer(string Address, bool WasUnlocked, int Outbox);

/// <summary>One line of <c>GET /v1/users</c>.</summary>
/// <param name="Address">The mail address.</param>
/// <param name="Uuid">The account's id at its provider.</param>
/// <param name="Mode"><c>sealed</c> or <c>leap</c>.</param>
/// <param name="Unlocked">False while locked.</param>
public sealed record UserLine(string Address, string Uuid, string Mode, bool Unlocked);

/// <summary>Answer to <c>POST /v1/mail/{address}/token</c>.</summary>
/// <param name="User">The user name for mail programs.</param>
/// <param name="Client">The program the token is for.</param>
/// <param name="Token">The password for mail programs.</param>
public sealed record MailToken(string User, string Client, string Token);

/// <summary>Answer to <c>POST /v1/mail/{address}/check</c>.</summary>
/// <param name="Address">The account.</param>
/// <param name="Differences">Where what is shown differs from the documents it follows from; empty when all is well.</param>
/// <param name="Waiting">Messages that are not in the search index yet; they are searched all the same.</param>
public sealed record MailCheckAnswer(string Address, IReadOnlyList<string> Differences, long Waiting);

/// <summary>Answer to <c>POST /v1/mail/{address}/reindex</c>.</summary>
/// <param name="Address">The account.</param>
/// <param name="Differences">Differences that remain; empty unless documents themselves are at fault.</param>
/// <param name="Waiting">Messages that the search index takes in from now on.</param>
public sealed record MailReindexAnswer(string Address, IReadOnlyList<string> Differences, long Waiting);

/// <summary>An item of the incoming box that is not finished.</summary>
/// <param name="Id">Its id at the provider.</param>
/// <param name="State">Such as <c>fetched</c> or <c>filed</c>.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Reason">Why it waits.</param>
public sealed record IncomingLine(string Id, string State, int Attempts, string? Reason);

/// <summary>Answer to <c>GET /v1/mail/{address}</c>.</summary>
public sealed record MailStatus
{
    /// <summary>The mail address.</summary>
    public required string Address { get; init; }

    /// <summary>Mails in INBOX.</summary>
    public required int Messages { get; init; }

    /// <summary>Unread mails in INBOX.</summary>
    public required int Unread { get; init; }

    /// <summary>What is on its way out.</summary>
    public required IReadOnlyList<OutboxLine> Outbox { get; init; }

    /// <summary>What is on its way in.</summary>
    public required IReadOnlyList<IncomingLine> Incoming { get; init; }
}

/// <summary>Answer to <c>GET /v1/mail/{address}/security?message=ID</c>: facts found when the mail was filed.</summary>
/// <param name="MessageId">Its Message-ID without brackets.</param>
/// <param name="Encryption"><c>encrypted</c> by the sender, <c>provider</c> for protected on arrival, or <c>none</c>.</param>
/// <param name="Signature"><c>good</c>, <c>bad</c>, <c>none</c>, or why it could not be judged.</param>
/// <param name="Signer">Fingerprint of the signing key.</param>
/// <param name="From">The From address that the facts are about.</param>
/// <param name="EncryptionCode">What is to be said of the encryption, such as <c>enc.e2e</c>.</param>
/// <param name="SignatureCode">What is to be said of the signature with the keys known now, such as <c>sig.known</c>.</param>
public sealed record MessageSecurity(string MessageId, string Encryption, string Signature, string? Signer, string? From, string EncryptionCode, string SignatureCode);

/// <summary>One key of <c>GET /v1/keys/{address}</c>.</summary>
public sealed record KeyLine
{
    /// <summary>Whose key it is used as.</summary>
    public required string Address { get; init; }

    /// <summary>Its fingerprint.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>How far it is trusted, in LEAP's names, such as <c>Provider_Trust</c>.</summary>
    public required string Validation { get; init; }

    /// <summary>True for the account's own.</summary>
    public required bool IsOwn { get; init; }

    /// <summary>When it ends, if it does.</summary>
    public DateTimeOffset? Expires { get; init; }
}

/// <summary>Answer to <c>GET /v1/keys/{account}/export/{address}</c>: a public key.</summary>
/// <param name="Address">Whose key it is.</param>
/// <param name="Fingerprint">Its fingerprint.</param>
/// <param name="Armor">The certificate in ASCII armor (RFC 9580 §6.2).</param>
public sealed record KeyExport(string Address, string Fingerprint, string Armor);

/// <summary>Body of the calls that change what an account is opened with. Holds secrets, so it is no record.</summary>
public sealed class AccountSecrets
{
    /// <summary>The passphrase of today; for a recovery the new one.</summary>
    public string Passphrase { get; init; } = "";

    /// <summary>The passphrase from now on, where it changes.</summary>
    public string NewPassphrase { get; init; } = "";

    /// <summary>The code of a recovery kit, where one is needed.</summary>
    public string Code { get; init; } = "";

    /// <summary>SHA-256 of the provider's CA certificate as the kit's page names it, when it is known.</summary>
    public string? CaSha256 { get; init; }

    /// <summary>With a new passphrase: also new keys for all that comes, because somebody may have had the old one.</summary>
    public bool NewKeys { get; init; }

    /// <summary>A device's new name, where it gets one.</summary>
    public string Name { get; init; } = "";

    /// <summary>Never the content.</summary>
    public override string ToString() => "(secret)";
}

/// <summary>Answer to <c>POST /v1/users/{address}/passphrase</c>.</summary>
/// <param name="Address">The mail address.</param>
/// <param name="NewKeys">Whether the keys were renewed, too; then there is no recovery kit any more.</param>
public sealed record PassphraseChanged(string Address, bool NewKeys);

/// <summary>Answer to <c>POST /v1/users/{address}/kit</c>: a secret.</summary>
/// <param name="Address">The mail address.</param>
/// <param name="Serial">Serial of the keys it opens.</param>
/// <param name="Page">The page to print, with the code.</param>
public sealed record RecoveryKit(string Address, long Serial, string Page)
{
    /// <summary>Never the page.</summary>
    public override string ToString() => "(secret)";
}

/// <summary>Answer to <c>POST /v1/users/{address}/test-kit</c>: the code is right.</summary>
/// <param name="Address">The mail address.</param>
/// <param name="Serial">Serial of the keys it opens.</param>
/// <param name="Fingerprint">The account's own OpenPGP key.</param>
public sealed record KitTest(string Address, long Serial, string? Fingerprint);

/// <summary>Answer to <c>POST /v1/users/{address}/epoch</c>.</summary>
/// <param name="Address">The mail address.</param>
/// <param name="Epoch">Number of the document keys that are used from now on.</param>
/// <param name="Serial">Serial of the key record.</param>
public sealed record EpochAnswer(string Address, int Epoch, long Serial);

/// <summary>One device of <c>GET /v1/users/{address}/devices</c>.</summary>
/// <param name="Id">Its id, 16 hex digits.</param>
/// <param name="Name">Its name.</param>
/// <param name="Created">The day it was added.</param>
/// <param name="Seen">The last day it was unlocked.</param>
/// <param name="KeyFingerprint">SHA-256 of its public key.</param>
/// <param name="IsOwn">True for the device that is asked.</param>
public sealed record DeviceLine(string Id, string Name, DateOnly Created, DateOnly Seen, string KeyFingerprint, bool IsOwn);

/// <summary>Answer to <c>POST /v1/users/{address}/devices/{device}/remove</c>.</summary>
/// <param name="Address">The mail address.</param>
/// <param name="Id">The device.</param>
/// <param name="Name">Its name.</param>
public sealed record DeviceRemoved(string Address, string Id, string Name);

/// <summary>Answer to <c>POST /v1/stop</c>.</summary>
/// <param name="Locked">How many accounts were locked.</param>
public sealed record StopAnswer(int Locked);

/// <summary>Body of every answer that is not 2xx.</summary>
/// <param name="Code">Stable, for programs, such as <c>wrong-passphrase</c>.</param>
/// <param name="Message">What happened.</param>
/// <param name="Hint">What to do.</param>
public sealed record DaemonError(string Code, string Message, string? Hint);
