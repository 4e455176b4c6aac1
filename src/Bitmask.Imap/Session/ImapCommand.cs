namespace Bitmask.Imap.Session;

/// <summary>Where a connection stands (RFC 3501 §3).</summary>
[Flags]
internal enum ConnectionStates
{
    /// <summary>Not logged in.</summary>
    NotAuthenticated = 1,

    /// <summary>Logged in, no mailbox selected.</summary>
    Authenticated = 2,

    /// <summary>A mailbox is selected.</summary>
    Selected = 4,

    /// <summary>Logged in, with or without a mailbox.</summary>
    LoggedIn = Authenticated | Selected,

    /// <summary>All of them.</summary>
    Any = NotAuthenticated | LoggedIn,
}

/// <summary>A parsed command, ready to run. One file per command in <c>Commands/</c>.</summary>
internal abstract record ImapCommand
{
    /// <summary>False where EXPUNGE responses are forbidden: FETCH, STORE and SEARCH by sequence number (RFC 3501 §7.4.1).</summary>
    public virtual bool AllowsExpunge => true;

    /// <summary>True for the UID forms, whose untagged FETCH must carry the UID (RFC 3501 §6.4.8).</summary>
    public virtual bool IsUidForm => false;

    /// <summary>True for commands that remove messages of the selected mailbox: the client has to hear which, whatever it said by NOTIFY.</summary>
    public virtual bool Removes => false;

    /// <summary>
    /// Whether filling the full-text index and the like steps aside while it runs. Not for IDLE, in which nobody waits, nor for APPEND: what comes in is what the index has to keep up with; nor for
    /// SEARCH, which looks itself at what is not in the index yet.
    /// </summary>
    public virtual bool GoesFirst => true;

    /// <summary>Runs; untagged responses are written on the way.</summary>
    public abstract ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken);
}
