using Bitmask.Mail;

namespace Bitmask.Imap.Session;

/// <summary>Mod-sequences as clients see them.</summary>
internal static class ModSeqExtensions
{
    /// <summary>0 would say that the mailbox keeps none (RFC 7162 §3.1.7); a mailbox in which nothing happened yet is at 1, below every message.</summary>
    public static ModSeq ForClients(this ModSeq value) => value.Value < 1 ? new ModSeq(1) : value;
}
