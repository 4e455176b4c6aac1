using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>
/// LIST (RFC 3501 §6.3.8) with selection and return options (RFC 5258), children (RFC 3348), special uses (RFC 6154) and STATUS
/// (RFC 5819).
/// </summary>
internal sealed record ListCommand(IReadOnlyList<string> Select, string Reference, IReadOnlyList<string> Patterns, IReadOnlyList<string> Return, IReadOnlyList<string> StatusItems, bool Extended) : ImapCommand
{
    private const int MaxPatterns = 100;

    public static ListCommand Parse(CommandScanner scanner)
    {
        scanner.Space();
        List<string> select = [];
        var extended = scanner.Peek == (byte)'(';
        if (extended)
        {
            select = scanner.List(static s => s.Keyword(), mayBeEmpty: true);
            scanner.Space();
        }

        var reference = scanner.ListMailbox();
        scanner.Space();
        List<string> patterns;
        if (scanner.Peek == (byte)'(')
        {
            extended = true;
            patterns = scanner.List(static s => s.ListMailbox());
        }
        else
        {
            patterns = [scanner.ListMailbox()];
        }

        IReadOnlyList<string> status = [];
        List<string> options = [];
        if (scanner.TryTake((byte)' ') && !scanner.AtEnd)
        {
            extended = true;
            if (scanner.Keyword() != "RETURN")
            {
                throw new ImapSyntaxException("Expected RETURN");
            }

            scanner.Space();
            options = scanner.List(s => ReturnOption(s, ref status), mayBeEmpty: true);
        }

        var unknown = select.Find(static o => o is not ("SUBSCRIBED" or "REMOTE" or "RECURSIVEMATCH" or "SPECIAL-USE"));
        if (unknown is not null || patterns.Count > MaxPatterns)
        {
            throw new ImapSyntaxException(unknown is null ? "Too many patterns" : "Unknown selection option");
        }

        return select.Contains("RECURSIVEMATCH") && !select.Exists(static o => o is "SUBSCRIBED" or "SPECIAL-USE")
            ? throw new ImapSyntaxException("RECURSIVEMATCH needs an option to match (RFC 5258 section 3.1)")
            : new ListCommand(select, reference, patterns, options, status, extended);
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        if (!Extended && Patterns is [""])
        {
            session.Output.Untagged("LIST (\\Noselect) \"/\" \"\"");   // asks for the separator only
            return ImapReply.Ok("LIST completed");
        }

        var patterns = Patterns.Where(static p => p.Length > 0).Select(p => new MailboxPattern(Reference + p)).ToArray();
        var nodes = MailboxTree.Build(session.Account);
        var parents = Select.Contains("RECURSIVEMATCH") ? ParentsOfUnseen(nodes, patterns) : [];
        foreach (var node in nodes)
        {
            var isParent = parents.Contains(node.Name);
            if (Array.Exists(patterns, p => p.Matches(node.Name)) && (MatchesOptions(node) || isParent))
            {
                Write(session.Output.Writer, node, isParent);
                if (StatusItems.Count > 0 && node.Mailbox is { } mailbox)
                {
                    StatusCommand.NoteItems(session, StatusItems);
                    StatusCommand.Write(session, mailbox, StatusItems);
                }

                await session.Output.FlushIfFullAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        return ImapReply.Ok("LIST completed");
    }

    private static string ReturnOption(CommandScanner scanner, ref IReadOnlyList<string> status)
    {
        var option = scanner.Keyword();
        switch (option)
        {
            case "STATUS":
                scanner.Space();
                status = StatusCommand.ParseItems(scanner);
                return option;
            case "SUBSCRIBED" or "CHILDREN" or "SPECIAL-USE":
                return option;
            default:
                throw new ImapSyntaxException("Unknown return option");
        }
    }

    private bool MatchesOptions(MailboxNode node)
        => (node.Exists || Select.Contains("SUBSCRIBED"))
        && (!Select.Contains("SUBSCRIBED") || node.IsSubscribed)
        && (!Select.Contains("SPECIAL-USE") || node.Mailbox?.SpecialUse is not null);

    /// <summary>Everything above a mailbox that is what was asked for, but that the patterns do not show (RFC 5258 §3.5).</summary>
    private HashSet<string> ParentsOfUnseen(IEnumerable<MailboxNode> nodes, MailboxPattern[] patterns)
    {
        var parents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in nodes.Where(node => MatchesOptions(node) && !Array.Exists(patterns, p => p.Matches(node.Name))))
        {
            parents.UnionWith(MailboxTree.Above(node.Name));
        }

        return parents;
    }

    /// <summary>A LIST response that nobody asked for, but NOTIFY (RFC 5465 §5.4, §5.5).</summary>
    public static void WriteNews(ResponseWriter writer, MailboxNode node, string? oldName)
    {
        WriteName(writer, node, "\\NonExistent", node.IsSubscribed);
        if (oldName is not null)
        {
            writer.Raw(" (\"OLDNAME\" ("u8);
            writer.Mailbox(oldName);
            writer.Raw("))"u8);
        }

        writer.EndLine();
    }

    private static void WriteName(ResponseWriter writer, MailboxNode node, string absent, bool isSubscribed)
    {
        var attributes = new List<string>();
        if (node.Mailbox is null)
        {
            attributes.Add(absent);
        }

        attributes.Add(node.HasChildren ? "\\HasChildren" : "\\HasNoChildren");
        if (isSubscribed)
        {
            attributes.Add("\\Subscribed");
        }

        if (node.Mailbox?.SpecialUse is { } use)
        {
            attributes.Add(use);
        }

        writer.Raw("* LIST "u8);
        writer.List(attributes);
        writer.Raw(" \"/\" "u8);
        writer.Mailbox(node.Name);
    }

    private void Write(ResponseWriter writer, MailboxNode node, bool isParent)
    {
        // \NonExistent says more, but means nothing to clients that did not ask in the extended form (RFC 5258 §3).
        WriteName(writer, node, Extended ? "\\NonExistent" : "\\Noselect", node.IsSubscribed && (Select.Contains("SUBSCRIBED") || Return.Contains("SUBSCRIBED")));
        if (isParent)
        {
            var matched = Select.Where(static o => o is "SUBSCRIBED" or "SPECIAL-USE").Select(static o => $"\"{o}\"");
            writer.Raw($" (\"CHILDINFO\" ({string.Join(' ', matched)}))");
        }

        writer.EndLine();
    }
}
