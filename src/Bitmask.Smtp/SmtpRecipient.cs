namespace Bitmask.Smtp;

/// <summary>One forward-path with the parameters that came with it.</summary>
/// <param name="Address">
/// The address without angle brackets and source route, as written; <c>postmaster</c> may stand without a domain (RFC 5321 §4.1.1.3).
/// </param>
public sealed record SmtpRecipient(string Address)
{
    /// <summary>The NOTIFY parameter (RFC 3461 §4.1), upper case: <c>NEVER</c>, or a list of SUCCESS, FAILURE, DELAY; null when absent.</summary>
    public string? Notify { get; init; }

    /// <summary>The ORCPT parameter, decoded from xtext (RFC 3461 §4.2), such as <c>rfc822;Bob@example.org</c>; null when absent.</summary>
    public string? OriginalRecipient { get; init; }
}
