using System.Collections.Frozen;
using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>What parsing made of a command: the command, or the answer to what is none.</summary>
internal readonly record struct ParsedCommand(string Tag, ImapCommand? Command, ImapReply? Error);

/// <summary>All commands: in which states they are allowed (RFC 3501 §6) and how their arguments are read.</summary>
internal static class CommandTable
{
    private sealed record Entry(ConnectionStates States, Func<CommandScanner, ImapCommand> Parse, Func<CommandScanner, ImapCommand>? ParseUid = null);

    private static readonly FrozenDictionary<string, Entry> Entries = new Dictionary<string, Entry>
    {
        ["CAPABILITY"] = new(ConnectionStates.Any, static _ => new CapabilityCommand()),
        ["NOOP"] = new(ConnectionStates.Any, static _ => new NoopCommand()),
        ["LOGOUT"] = new(ConnectionStates.Any, static _ => new LogoutCommand()),
        ["ID"] = new(ConnectionStates.Any, IdCommand.Parse),
        ["AUTHENTICATE"] = new(ConnectionStates.NotAuthenticated, AuthenticateCommand.Parse),
        ["STARTTLS"] = new(ConnectionStates.NotAuthenticated, static _ => new StartTlsCommand()),
        ["LOGIN"] = new(ConnectionStates.NotAuthenticated, LoginCommand.Parse),
        ["COMPRESS"] = new(ConnectionStates.LoggedIn, CompressCommand.Parse),
        ["ENABLE"] = new(ConnectionStates.LoggedIn, EnableCommand.Parse),
        ["NAMESPACE"] = new(ConnectionStates.LoggedIn, static _ => new NamespaceCommand()),
        ["SELECT"] = new(ConnectionStates.LoggedIn, static s => SelectCommand.Parse(s, readOnly: false)),
        ["EXAMINE"] = new(ConnectionStates.LoggedIn, static s => SelectCommand.Parse(s, readOnly: true)),
        ["CREATE"] = new(ConnectionStates.LoggedIn, CreateCommand.Parse),
        ["DELETE"] = new(ConnectionStates.LoggedIn, DeleteCommand.Parse),
        ["RENAME"] = new(ConnectionStates.LoggedIn, RenameCommand.Parse),
        ["SUBSCRIBE"] = new(ConnectionStates.LoggedIn, static s => SubscribeCommand.Parse(s, subscribed: true)),
        ["UNSUBSCRIBE"] = new(ConnectionStates.LoggedIn, static s => SubscribeCommand.Parse(s, subscribed: false)),
        ["LIST"] = new(ConnectionStates.LoggedIn, ListCommand.Parse),
        ["LSUB"] = new(ConnectionStates.LoggedIn, LsubCommand.Parse),
        ["STATUS"] = new(ConnectionStates.LoggedIn, StatusCommand.Parse),
        ["GETQUOTA"] = new(ConnectionStates.LoggedIn, GetQuotaCommand.Parse),
        ["GETQUOTAROOT"] = new(ConnectionStates.LoggedIn, GetQuotaRootCommand.Parse),
        ["APPEND"] = new(ConnectionStates.LoggedIn, AppendCommand.Parse),
        ["IDLE"] = new(ConnectionStates.LoggedIn, static _ => new IdleCommand()),
        ["NOTIFY"] = new(ConnectionStates.LoggedIn, NotifyCommand.Parse),
        ["CHECK"] = new(ConnectionStates.Selected, static _ => new CheckCommand()),
        ["CLOSE"] = new(ConnectionStates.Selected, static _ => new CloseCommand()),
        ["UNSELECT"] = new(ConnectionStates.Selected, static _ => new UnselectCommand()),
        ["EXPUNGE"] = new(ConnectionStates.Selected, static _ => new ExpungeCommand(null), ExpungeCommand.ParseUid),
        ["SEARCH"] = new(ConnectionStates.Selected, static s => SearchCommand.Parse(s, uid: false), static s => SearchCommand.Parse(s, uid: true)),
        ["SORT"] = new(ConnectionStates.Selected, static s => SortCommand.Parse(s, uid: false), static s => SortCommand.Parse(s, uid: true)),
        ["THREAD"] = new(ConnectionStates.Selected, static s => ThreadCommand.Parse(s, uid: false), static s => ThreadCommand.Parse(s, uid: true)),
        ["FETCH"] = new(ConnectionStates.Selected, static s => FetchCommand.Parse(s, uid: false), static s => FetchCommand.Parse(s, uid: true)),
        ["STORE"] = new(ConnectionStates.Selected, static s => StoreCommand.Parse(s, uid: false), static s => StoreCommand.Parse(s, uid: true)),
        ["COPY"] = new(ConnectionStates.Selected, static s => CopyCommand.Parse(s, uid: false), static s => CopyCommand.Parse(s, uid: true)),
        ["REPLACE"] = new(ConnectionStates.Selected, static s => ReplaceCommand.Parse(s, uid: false), static s => ReplaceCommand.Parse(s, uid: true)),
        ["MOVE"] = new(ConnectionStates.Selected, static s => MoveCommand.Parse(s, uid: false), static s => MoveCommand.Parse(s, uid: true)),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Reads a command; never throws. Arguments are looked at only where the command is allowed.</summary>
    public static ParsedCommand Parse(RawCommand raw, ConnectionStates state, bool utf8 = false)
    {
        var scanner = new CommandScanner(raw, utf8);
        if (scanner.Tag() is not { } tag)
        {
            return new ParsedCommand("*", null, ImapReply.Bad("Expected a tag"));
        }

        try
        {
            scanner.Space();
            var name = scanner.Keyword();
            var uid = name == "UID";
            if (uid)
            {
                scanner.Space();
                name = scanner.Keyword();
            }

            if (!Entries.TryGetValue(name, out var entry) || (uid && entry.ParseUid is null))
            {
                return new ParsedCommand(tag, null, ImapReply.Bad("Unknown command"));
            }

            if ((entry.States & state) == 0)
            {
                return new ParsedCommand(tag, null, ImapReply.Bad(WrongState(entry.States)));
            }

            var command = (uid ? entry.ParseUid! : entry.Parse)(scanner);
            scanner.End();
            return new ParsedCommand(tag, command, null);
        }
        catch (ImapSyntaxException e)
        {
            return new ParsedCommand(tag, null, ImapReply.Bad(e.Message));
        }
    }

    private static string WrongState(ConnectionStates allowed) => allowed switch
    {
        ConnectionStates.NotAuthenticated => "Already logged in",
        ConnectionStates.Selected => "No mailbox selected",
        _ => "Log in first",
    };
}
