using System.Globalization;
using Bitmask.Primitives;

namespace Bitmask.Mail;

/// <summary>An accepted mail in the outbox; its text is the ENVID of the submission (security.md A9). 32 hex digits.</summary>
/// <param name="Value">The digits as a number.</param>
public readonly record struct OutboxId(UInt128 Value)
{
    /// <summary>A new random id.</summary>
    public static OutboxId New() => new(HexId.Random());

    /// <summary>Reads 32 lower-case hex digits.</summary>
    /// <exception cref="FormatException">Not 32 lower-case hex digits.</exception>
    public static OutboxId Parse(string text) => new(HexId.Parse(text));

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}

/// <summary>How a mail is to leave for one recipient. Decided once, frozen (security.md C10).</summary>
public enum OutboxDecisionKind
{
    /// <summary>Encrypted to the key named in the decision.</summary>
    Encrypt = 1,

    /// <summary>In clear, because the user released it.</summary>
    PlainAllowedByUser = 2,

    /// <summary>In clear, because no key is known and policy allows that.</summary>
    PolicyPlain = 3,

    /// <summary>Encrypted by the program that handed it in: it leaves as it is. To whom, only that program knows.</summary>
    EncryptedByClient = 4,
}

/// <summary>The frozen decision for one recipient.</summary>
/// <param name="Kind">Encrypted or not, and why.</param>
/// <param name="Fingerprint">The key, for <see cref="OutboxDecisionKind.Encrypt"/>.</param>
/// <param name="DecidedAt">When.</param>
public sealed record OutboxDecision(OutboxDecisionKind Kind, Fingerprint? Fingerprint, DateTimeOffset DecidedAt);

/// <summary>When a mail may leave in clear.</summary>
public enum OutboxPolicy
{
    /// <summary>Encrypted whenever a usable key is known; in clear where the look-up says that there is none.</summary>
    WheneverPossible = 1,

    /// <summary>Encrypted or not at all: a recipient without a key is held until the user decides.</summary>
    EncryptedOnly = 2,

    /// <summary>Encrypted where a key is vouched for; else as Autocrypt recommends.</summary>
    AsAutocryptRecommends = 3,
}

/// <summary>How a mail is to be sent.</summary>
/// <param name="Policy">When it may leave in clear.</param>
/// <param name="NotBefore">The earliest time that it may leave; null for at once. Until then it can be withdrawn whole.</param>
/// <param name="KeepCopy">Whether a copy is filed in Sent.</param>
public sealed record OutboxTerms(OutboxPolicy Policy = OutboxPolicy.WheneverPossible, DateTimeOffset? NotBefore = null, bool KeepCopy = false);

/// <summary>What came of withdrawing a mail.</summary>
/// <param name="Relayed">The recipients whom the provider has taken it for already; they will get it.</param>
/// <param name="Draft">The draft made of it, or null.</param>
public sealed record WithdrawAnswer(IReadOnlyList<EmailAddress> Relayed, EntryId? Draft);

/// <summary>What a recipient's copy waits for.</summary>
public enum OutboxState
{
    /// <summary>To be tried at its next attempt.</summary>
    Waiting = 1,

    /// <summary>Held until the user decides; tried no more by itself.</summary>
    Held = 2,

    /// <summary>The provider took it.</summary>
    Relayed = 3,

    /// <summary>Given up.</summary>
    Failed = 4,
}

/// <summary>One recipient of a mail in the outbox.</summary>
public sealed record OutboxRecipient
{
    /// <summary>The forward path, as given.</summary>
    public required EmailAddress Address { get; init; }

    /// <summary>Where it stands.</summary>
    public OutboxState State { get; init; } = OutboxState.Waiting;

    /// <summary>The frozen decision, or null when none was made yet.</summary>
    public OutboxDecision? Decision { get; init; }

    /// <summary>Attempts made.</summary>
    public int Attempts { get; init; }

    /// <summary>When to try next (or, when held, when to remind); null for never.</summary>
    public DateTimeOffset? NextAttempt { get; init; }

    /// <summary>Why it stands there, for a person to read; null when all is well.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether the user was told of a hold or a failure.</summary>
    public bool Notified { get; init; }
}

/// <summary>An accepted mail and where its recipients stand. Its octets are read with <see cref="Outbox.Content"/>.</summary>
/// <param name="Id">Its id.</param>
/// <param name="ReversePath">The envelope's sender.</param>
/// <param name="Accepted">When it was accepted.</param>
/// <param name="Size">Its size in octets.</param>
/// <param name="Recipients">All recipients, in the order they were given.</param>
public sealed record OutboxItem(OutboxId Id, EmailAddress ReversePath, DateTimeOffset Accepted, long Size, IReadOnlyList<OutboxRecipient> Recipients)
{
    /// <summary>When it may leave in clear.</summary>
    public OutboxPolicy Policy { get; init; } = OutboxPolicy.WheneverPossible;

    /// <summary>The earliest time that it may leave, or null.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Whether nothing is left to do: all recipients are relayed or failed, and every failure was told.</summary>
    public bool IsDone => Recipients.All(r => r.State == OutboxState.Relayed || (r.State == OutboxState.Failed && r.Notified));
}
