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
}
