using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>
/// GETQUOTA (RFC 9208 §4.1.1). There is one quota root, of the empty name: the room of the whole account at its provider. As long as that has
/// not said how much it is, the root has no resources.
/// </summary>
internal sealed record GetQuotaCommand(string Root) : ImapCommand
{
    /// <summary>The one root's name.</summary>
    public const string Account = "";

    private const int Unit = 1024;

    public static GetQuotaCommand Parse(CommandScanner scanner)
    {
        scanner.Space();
        return new GetQuotaCommand(scanner.AStringText());
    }

    /// <summary>Writes the untagged response (§4.2.1), in units of 1024 octets (§5.1): what is used rounded up, what is allowed rounded down.</summary>
    public static void Write(ImapSession session)
        => session.Output.Untagged(session.Account.Quota() is { } quota ? $"QUOTA \"{Account}\" (STORAGE {Up(quota.UsedOctets)} {quota.LimitOctets / Unit})" : $"QUOTA \"{Account}\" ()");

    /// <summary>Warns that the provider has no room for so many octets more: an untagged NO, for they are kept all the same (§4.3.1).</summary>
    public static void WarnWhenFull(ImapSession session, long octets)
    {
        if (session.Account.Quota()?.IsExceededBy(octets) == true)
        {
            session.Output.Untagged("NO [OVERQUOTA] The account has no room at the provider: kept on this device until there is");
        }
    }

    public override ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        if (Root != Account)
        {
            return new(ImapReply.No("There is no such quota root", "NONEXISTENT"));
        }

        Write(session);
        return new(ImapReply.Ok("GETQUOTA completed"));
    }

    private static long Up(long octets) => (octets / Unit) + (octets % Unit > 0 ? 1 : 0);
}
