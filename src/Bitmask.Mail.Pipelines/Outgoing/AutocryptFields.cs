using Bitmask.Keys;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.OpenPgp;
using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines;

/// <summary>The fields by which a mail shows keys (Autocrypt level 1): the sender's own outside, and inside its encryption those of all who are named in it.</summary>
/// <param name="Own">The sender's field; none when it would be too long.</param>
/// <param name="Gossip">One for each named recipient, when there are several.</param>
internal sealed record AutocryptFields(IReadOnlyList<RawField> Own, IReadOnlyList<RawField> Gossip)
{
    /// <summary>Makes them.</summary>
    /// <param name="sender">Whose mail it is.</param>
    /// <param name="own">The sender's key.</param>
    /// <param name="prefersEncryption">Whether the sender wants encrypted answers.</param>
    /// <param name="named">Who is named in To and Cc and gets this copy encrypted; hidden recipients are nobody's business.</param>
    /// <param name="now">When.</param>
    public static AutocryptFields Of(
        EmailAddress sender, OpenPgpCertificate own, bool prefersEncryption, IReadOnlyList<(EmailAddress Address, OpenPgpCertificate Certificate)> named, DateTimeOffset now) => new(
        [.. Field(AutocryptHeader.FieldName, AutocryptHeader.Format(sender, own, now, prefersEncryption))],
        named.Count < 2 ? [] : [.. named.SelectMany(one => Field(AutocryptHeader.GossipFieldName, AutocryptHeader.Format(KeyAddress.Normalize(one.Address), one.Certificate, now)))]);

    private static IEnumerable<RawField> Field(string name, string? value) => value is null ? [] : [RawField.Create(name, value)];
}
