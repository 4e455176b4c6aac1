namespace Bitmask.Protocol.Daemon;

/// <summary>Where one recipient of a mail in the outbox stands.</summary>
/// <param name="Address">The recipient.</param>
/// <param name="State">Such as <c>waiting</c>, <c>held</c>, <c>relayed</c> or <c>failed</c>.</param>
/// <param name="Decision">What was decided for good, such as <c>encrypt</c>; null before.</param>
/// <param name="Reason">Why it waits or failed.</param>
/// <param name="NextAttempt">When it is tried again.</param>
public sealed record OutboxRecipientLine(string Address, string State, string? Decision, string? Reason, DateTimeOffset? NextAttempt);

/// <summary>A mail in the outbox.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Queued">When it was accepted.</param>
/// <param name="Recipients">Where each recipient stands.</param>
/// <param name="NotBefore">The earliest time that it leaves; null for at once.</param>
/// <param name="EncryptedOnly">Whether it is held rather than sent in clear.</param>
public sealed record OutboxLine(string Id, DateTimeOffset Queued, IReadOnlyList<OutboxRecipientLine> Recipients, DateTimeOffset? NotBefore = null, bool EncryptedOnly = false);

/// <summary>Body of <c>POST /v1/mail/{address}/outbox/{id}/release</c>.</summary>
/// <param name="Recipient">The recipient who is held.</param>
/// <param name="InClear">Let it leave in clear; otherwise encrypted to the key that is known now.</param>
public sealed record OutboxRelease(string Recipient, bool InClear);

/// <summary>Body of <c>POST /v1/mail/{address}/outbox/{id}/schedule</c>.</summary>
/// <param name="NotBefore">The earliest time that it leaves; null for at once.</param>
public sealed record OutboxSchedule(DateTimeOffset? NotBefore);

/// <summary>Answer to the acts on a mail in the outbox.</summary>
/// <param name="Id">The mail.</param>
/// <param name="Relayed">When it was withdrawn: the recipients who get it all the same, because the provider had taken it for them.</param>
public sealed record OutboxAnswer(string Id, IReadOnlyList<string> Relayed);

/// <summary>Answer to <c>GET /v1/mail/{address}/preflight?to=…&amp;to=…</c>: what would happen to one recipient's copy.</summary>
/// <param name="Address">The recipient, as it was given.</param>
/// <param name="Code">Such as <c>out.known</c> (encrypted), <c>out.none</c> (in clear), <c>out.changed</c> (held).</param>
/// <param name="Fingerprint">The key that it would be encrypted to, or that is in question.</param>
/// <param name="Reason">Why; null when it will leave encrypted.</param>
public sealed record PreflightLine(string Address, string Code, string? Fingerprint, string? Reason);
