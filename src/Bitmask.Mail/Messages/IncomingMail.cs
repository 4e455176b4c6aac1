namespace Bitmask.Mail;

/// <summary>A decrypted mail from the incoming box, ready to be filed. Its octets are split when this is made, not inside the transaction.</summary>
public sealed class IncomingMail
{
    /// <summary>Takes a mail that arrived.</summary>
    /// <param name="id">Its id: <see cref="MailAccount.IncomingId"/> of the wrapper's content.</param>
    /// <param name="raw">The octets to store: the outer header without reserved fields, the decrypted entity in place.</param>
    /// <param name="received">When the provider accepted it.</param>
    /// <param name="security">What was found on the way, or null.</param>
    public IncomingMail(EntryId id, ReadOnlyMemory<byte> raw, DateTimeOffset received, SecurityFacts? security)
    {
        Id = id;
        Received = received;
        Security = security;
        Raw = raw;
        Split = MessageSplitter.Split(raw);
    }

    /// <summary>Its id.</summary>
    public EntryId Id { get; }

    /// <summary>When the provider accepted it: its internal date.</summary>
    public DateTimeOffset Received { get; }

    /// <summary>What was found on the way.</summary>
    public SecurityFacts? Security { get; }

    /// <summary>The mailbox to file it in; the inbox when null.</summary>
    public MailboxId? Mailbox { get; init; }

    /// <summary>Flags to set at once.</summary>
    public IReadOnlyCollection<string> Flags { get; init; } = [];

    /// <summary>The octets to store.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    internal SplitMessage Split { get; }
}
