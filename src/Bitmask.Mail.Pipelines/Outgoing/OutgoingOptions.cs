namespace Bitmask.Mail.Pipelines;

/// <summary>How the outbox is worked off.</summary>
public sealed record OutgoingOptions
{
    /// <summary>First wait after an attempt that may succeed later. Default 1 minute.</summary>
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Longest wait. Default 1 hour.</summary>
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a mail is tried before it is given up and its sender told. Default 5 days (RFC 5321 §4.5.4.1).</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromDays(5);

    /// <summary>
    /// Fewest attempts before a mail is given up, and with a hold <see cref="GiveUpLooks"/>: a clock that jumps ahead, or a machine that was off, is no proof that it can not be delivered. With the longest
    /// wait between them it is a day of trying. Default 24.
    /// </summary>
    public int GiveUpAttempts { get; set; } = 24;

    /// <summary>Fewest looks at a hold before the mail is given up. Default 4.</summary>
    public int GiveUpLooks { get; set; } = 4;

    /// <summary>How often a hold is looked at again and its sender reminded (security.md C10). Default 24 hours.</summary>
    public TimeSpan Reminder { get; set; } = TimeSpan.FromHours(24);

    /// <summary>When mail may leave in clear. Default: where the look-up says that there is no key.</summary>
    public OutboxPolicy Policy { get; set; } = OutboxPolicy.WheneverPossible;

    /// <summary>How long a mail that was handed in stays before it leaves, so that it can be taken back. Default none.</summary>
    public TimeSpan UndoWindow { get; set; }

    /// <summary>Whether a copy of what is sent is filed in Sent, where no mail program files one. Default on.</summary>
    public bool KeepCopy { get; set; } = true;

    /// <summary>Whether mail that leaves in clear is signed. Default yes.</summary>
    public bool SignsClear { get; set; } = true;

    /// <summary>Whether Autocrypt headers say that encrypted answers are wanted (<c>prefer-encrypt=mutual</c>). Default yes.</summary>
    public bool PrefersEncryption { get; set; } = true;

    /// <summary>Whether a preflight may ask other domains, too, which tells them of a mail that may never be sent (security.md C8). Default no.</summary>
    public bool LooksEarly { get; set; }

    /// <summary>Longest sleep when nothing wakes the pipeline. Default 5 minutes.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Chance for the waits.</summary>
    public Random Chance { get; set; } = Random.Shared;
}
