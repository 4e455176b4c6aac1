namespace Bitmask.Imap.Session;

/// <summary>What the client switched on, for the rest of its connection (RFC 5161 §3.1, RFC 7162 §3.1).</summary>
[Flags]
internal enum Features
{
    None = 0,

    /// <summary>Untagged FETCH responses carry UID and MODSEQ (RFC 7162 §3.2.4).</summary>
    CondStore = 1,

    /// <summary>VANISHED in place of EXPUNGE (RFC 7162 §3.2.3).</summary>
    QResync = 2,

    /// <summary>Mailbox names and strings in UTF-8 (RFC 6855 §3).</summary>
    Utf8 = 4,

    /// <summary>The ways of IMAP4rev2 where they differ (RFC 9051 appendix E); UTF-8 is one of them.</summary>
    Rev2 = 8,
}
