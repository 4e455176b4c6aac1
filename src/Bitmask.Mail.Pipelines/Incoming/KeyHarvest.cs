using Bitmask.Keys;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.OpenPgp;
using Bitmask.Primitives;
using MimeKit.Utils;

namespace Bitmask.Mail.Pipelines;

/// <summary>Finds the keys that a mail shows: in its Autocrypt header, in gossip inside its encryption, and among its attachments. Nothing is fetched.</summary>
internal static class KeyHarvest
{
    private const int MaxParts = 32;
    private const int MaxAttached = 4;
    private const int MaxGossip = 32;
    private const int MaxKeyOctets = 64 * 1024;

    /// <summary>Null when there is nothing to learn: the sender is not clear, or it is a report.</summary>
    /// <param name="raw">The mail as it is filed.</param>
    /// <param name="facts">What was found about it.</param>
    /// <param name="received">When it came.</param>
    public static ShownKeys? Read(ReadOnlyMemory<byte> raw, SecurityFacts facts, DateTimeOffset received)
    {
        var message = RawMessage.Parse(raw);
        if (MailAddresses.Single(message, "From") is not { } from || message.ContentType.IsMimeType("multipart", "report"))
        {
            return null;
        }

        var header = AutocryptHeader.Select(from, message.Fields.Where(field => field.Is(AutocryptHeader.FieldName)).Take(MaxGossip).Select(field => field.Value));

        // No provider says yet for which domain a DKIM signature stood, so nothing is proved by the mail itself.
        return new ShownKeys(from, EffectiveDate(message, received), IsAuthenticated: false, header, Gossip(message, raw, facts), Attached(message, from));
    }

    private static DateTimeOffset EffectiveDate(RawMessage message, DateTimeOffset received)
        => message.Find("Date") is { } field && DateUtils.TryParse(field.Value, out var date) && date < received ? date.ToUniversalTime() : received;

    /// <summary>Only from the header that was encrypted and signed as a whole, and only about those whom the mail names (Autocrypt level 1, §2.5).</summary>
    private static List<AutocryptHeader> Gossip(RawMessage message, ReadOnlyMemory<byte> raw, SecurityFacts facts)
    {
        var isEncrypted = facts.Layers.Any(layer => layer.Kind == SecurityLayer.Encryption && layer.Result == SecurityLayer.Good);
        var inside = facts.Layers.FirstOrDefault(layer => layer is { Kind: SecurityLayer.Signature, Result: SecurityLayer.Good, Part: "", Range: not null })?.Range;
        if (!isEncrypted || inside is not [var start, var length])
        {
            return [];
        }

        var fields = RawMessage.Parse(raw.Slice((int)start, (int)length)).Fields.Where(field => field.Is(AutocryptHeader.GossipFieldName)).Take(MaxGossip).ToList();
        var named = fields.Count == 0 ? [] : MailAddresses.All(message, "To", "Cc", "Reply-To").Select(KeyAddress.Normalize).ToHashSet();
        return [.. fields.Select(field => AutocryptHeader.Parse(field.Value)).OfType<AutocryptHeader>().Where(gossip => named.Contains(KeyAddress.Normalize(gossip.Address)))];
    }

    private static List<OpenPgpCertificate> Attached(RawMessage message, EmailAddress from)
    {
        var found = new List<OpenPgpCertificate>();
        foreach (var part in Parts(message).Where(part => part.ContentType.IsMimeType("application", "pgp-keys")).Take(MaxAttached))
        {
            try
            {
                var octets = PartContent.Decode(part);
                if (octets.Length <= MaxKeyOctets && OpenPgpCertificate.Parse(octets.Span) is var certificate && certificate.HasAddress(from))
                {
                    found.Add(certificate);
                }
            }
            catch (OpenPgpFormatException)
            {
                // Not a key that can be read; the attachment stays one.
            }
        }

        return found;
    }

    /// <summary>The parts at the top; of a signed mail those of what is signed.</summary>
    private static IEnumerable<RawMessage> Parts(RawMessage message)
    {
        var type = message.ContentType;
        if (!type.IsMimeType("multipart", "*") || type.Boundary is not { } boundary)
        {
            return [];
        }

        var parts = RawMultipart.Split(message.Body, boundary, MaxParts).Select(part => RawMessage.Parse(part));
        return type.IsMimeType("multipart", "signed") && parts.FirstOrDefault() is { } signed ? Parts(signed) : parts;
    }
}
