using System.Diagnostics.CodeAnalysis;

namespace Bitmask.Primitives;

/// <summary>
/// A mailbox address, <c>local-part@domain</c> (RFC 5321 §4.1.2, with the UTF-8 of RFC 6531 §3.3). Two addresses are equal when their
/// <see cref="Canonical"/> forms are. <see cref="ToString"/> masks it, so that it can not slip into a log; the full text is
/// taken by name, with <see cref="Address"/>.
/// </summary>
public sealed class EmailAddress : IEquatable<EmailAddress>
{
    /// <summary>Longest local part, in octets (RFC 5321 §4.5.3.1.1).</summary>
    public const int MaxLocalPartOctets = 64;

    /// <summary>Longest domain, in octets (RFC 5321 §4.5.3.1.2).</summary>
    public const int MaxDomainOctets = 255;

    private EmailAddress(string localPart, string domain)
    {
        LocalPart = localPart;
        Domain = domain;
        Canonical = localPart.ToLowerInvariant() + "@" + domain;
    }

    /// <summary>What stands before the <c>@</c>, as written.</summary>
    public string LocalPart { get; }

    /// <summary>What stands after the <c>@</c>, in lower case.</summary>
    public string Domain { get; }

    /// <summary>The whole address as written, domain in lower case.</summary>
    public string Address => LocalPart + "@" + Domain;

    /// <summary>The form used for look-ups and comparison: all in lower case.</summary>
    public string Canonical { get; }

    /// <summary>The address without a <c>+suffix</c> of its local part, which its owner may choose for each use; itself when there is none.</summary>
    public EmailAddress WithoutSuffix()
        => LocalPart.IndexOf('+', StringComparison.Ordinal) is > 0 and var plus && TryParse(LocalPart[..plus] + "@" + Domain, out var bare) ? bare : this;

    /// <summary>Whether mail from <paramref name="sender"/> is from this account: it is its address, with any <c>+suffix</c> or none.</summary>
    public bool Owns(EmailAddress sender)
    {
        ArgumentNullException.ThrowIfNull(sender);
        return Equals(sender) || Equals(sender.WithoutSuffix());
    }

    /// <summary>Parses an address without display name or angle brackets.</summary>
    /// <exception cref="FormatException">Not an address.</exception>
    public static EmailAddress Parse(string text)
        => TryParse(text, out var address) ? address : throw new FormatException("Not a mail address: it must read name@domain.");

    /// <summary>Parses an address without display name or angle brackets; false when it is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out EmailAddress? address)
    {
        address = null;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        var at = text.LastIndexOf('@');
        if (at <= 0 || at == text.Length - 1)
        {
            return false;
        }

        var (local, domain) = (text[..at], text[(at + 1)..]);
        if (!IsLocalPart(local) || !IsDomain(domain))
        {
            return false;
        }

        address = new EmailAddress(local, domain.ToLowerInvariant());
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(EmailAddress? other) => other is not null && other.Canonical == Canonical;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as EmailAddress);

    /// <inheritdoc/>
    public override int GetHashCode() => Canonical.GetHashCode(StringComparison.Ordinal);

    /// <summary>A masked form fit for logs, such as <c>a…@example.org</c>.</summary>
    public override string ToString() => LocalPart[..1] + "…@" + Domain;

    private static bool IsLocalPart(string local)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(local) > MaxLocalPartOctets)
        {
            return false;
        }

        // Dot-string only (RFC 5321 §4.1.2): quoted local parts exist on paper and break every second program.
        var previous = '.';
        foreach (var c in local)
        {
            if (c == '.' ? previous == '.' : !IsAtext(c))
            {
                return false;
            }

            previous = c;
        }

        return previous != '.';
    }

    private static bool IsAtext(char c)
        => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-/=?^_`{|}~".Contains(c, StringComparison.Ordinal) || (c >= 0x80 && !char.IsControl(c) && !char.IsWhiteSpace(c));

    private static bool IsDomain(string domain)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(domain) > MaxDomainOctets)
        {
            return false;
        }

        foreach (var label in domain.Split('.'))
        {
            if (label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }

            foreach (var c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c != '-' && (c < 0x80 || char.IsControl(c) || char.IsWhiteSpace(c)))
                {
                    return false;
                }
            }
        }

        return true;
    }
}
