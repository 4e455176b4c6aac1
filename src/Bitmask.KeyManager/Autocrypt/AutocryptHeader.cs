using Bitmask.OpenPgp;
using Bitmask.Primitives;

namespace Bitmask.Keys;

/// <summary>An Autocrypt or Autocrypt-Gossip header field that is valid (Autocrypt level 1, §2.1).</summary>
/// <param name="Address">Whose key it is.</param>
/// <param name="PrefersEncryption"><c>prefer-encrypt=mutual</c>; any other value is no preference.</param>
/// <param name="Certificate">The key.</param>
public sealed record AutocryptHeader(EmailAddress Address, bool PrefersEncryption, OpenPgpCertificate Certificate)
{
    /// <summary>Name of the field in which senders show their own key.</summary>
    public const string FieldName = "Autocrypt";

    /// <summary>Name of the field in which recipients' keys are shown to each other, inside encrypted mail only.</summary>
    public const string GossipFieldName = "Autocrypt-Gossip";

    /// <summary>Longest field, name and folds included.</summary>
    public const int MaxOctets = 10 * 1024;

    private const int CharactersPerLine = 76;
    private const int MaxAttributes = 32;

    /// <summary>Reads the value of a field; null when it is not valid.</summary>
    /// <param name="value">What stands after the colon, folded or not.</param>
    public static AutocryptHeader? Parse(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Length > MaxOctets - FieldName.Length - 1)
        {
            return null;
        }

        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var attribute in value.Split(';', MaxAttributes + 1))
        {
            var equals = attribute.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 && string.IsNullOrWhiteSpace(attribute))
            {
                continue; // after the last semicolon
            }

            // What is not marked as harmless and not understood may change the meaning of the rest.
            var name = equals < 0 ? "" : attribute[..equals].Trim();
            var isKnown = name is "addr" or "prefer-encrypt" or "keydata";
            if ((!isKnown && !name.StartsWith('_')) || !attributes.TryAdd(name, attribute[(equals + 1)..].Trim()))
            {
                return null;
            }
        }

        return EmailAddress.TryParse(attributes.GetValueOrDefault("addr"), out var address) && ParseKey(attributes.GetValueOrDefault("keydata")) is { } certificate
            ? new AutocryptHeader(address, attributes.GetValueOrDefault("prefer-encrypt") == "mutual", certificate)
            : null;
    }

    /// <summary>The one valid header of a mail from <paramref name="from"/>; null when there is none, or more than one (§2.3).</summary>
    public static AutocryptHeader? Select(EmailAddress from, IEnumerable<string> values)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(values);
        return values.Select(Parse).OfType<AutocryptHeader>().Where(header => header.Address.Equals(from)).Take(2).ToList() is [var only] ? only : null;
    }

    /// <summary>
    /// The value as it stands in a mail, folded, with no more of the key than what encrypting to it needs; null when nothing can be encrypted to it, or when it
    /// would be longer than a header may be.
    /// </summary>
    /// <param name="address">Whose key it is.</param>
    /// <param name="certificate">The key.</param>
    /// <param name="now">When.</param>
    /// <param name="prefersEncryption">Null in a gossip header, which says nothing about it.</param>
    public static string? Format(EmailAddress address, OpenPgpCertificate certificate, DateTimeOffset now, bool? prefersEncryption = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(certificate);
        if (!certificate.HasAddress(address) || !certificate.CanEncryptAt(now) || certificate.EncryptionSubkeysAt(now).All(subkey => subkey.Fingerprint == certificate.Fingerprint))
        {
            return null;
        }

        var key = Convert.ToBase64String(certificate.AutocryptMinimal(address, now).ToBinary());
        var lines = key.Chunk(CharactersPerLine).Select(line => "\r\n " + new string(line));
        var value = $"addr={address.Address};{(prefersEncryption == true ? " prefer-encrypt=mutual;" : "")} keydata={string.Concat(lines)}";
        return value.Length + GossipFieldName.Length + 4 <= MaxOctets ? value : null;
    }

    private static OpenPgpCertificate? ParseKey(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        var octets = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, octets, out var length))
        {
            return null;
        }

        try
        {
            return OpenPgpCertificate.Parse(octets.AsSpan(0, length));
        }
        catch (OpenPgpFormatException)
        {
            return null;
        }
    }
}
