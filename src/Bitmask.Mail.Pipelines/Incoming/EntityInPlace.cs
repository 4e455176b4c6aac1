using System.Buffers;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines;

/// <summary>
/// Puts a decrypted entity where the encrypted one stood: the outer header without its Content fields, then the entity octet for octet, so
/// that its signature can be checked again later over <see cref="Range"/> (security.md A10). With protected headers (RFC 9788) the fields inside
/// take the place of the outer ones; From inside counts only when it names the address outside, which is what the mail was accepted for.
/// </summary>
/// <param name="Raw">The joined message.</param>
/// <param name="Range">First octet and length of the entity; null when something in it had to be left out.</param>
internal sealed record EntityInPlace(ReadOnlyMemory<byte> Raw, IReadOnlyList<long>? Range)
{
    public static EntityInPlace Join(IReadOnlyList<RawField> outer, ReadOnlyMemory<byte> decrypted, EmailAddress? from)
    {
        var canonical = LineEnds.ToCrLf(decrypted);
        var entity = RawMessage.Parse(canonical ?? decrypted);
        if (entity.Fields.Count == 0 && entity.Blank.IsEmpty)
        {
            // Text that somebody encrypted without the MIME header that belongs to it.
            entity = new RawMessage([RawField.Create("Content-Type", "text/plain; charset=utf-8")], default, entity.Body);
            canonical = [];
        }

        var isProtected = IsProtected(entity);
        var keepsFrom = isProtected && from is not null && from.Equals(MailAddresses.Single(entity, "From"));
        var kept = entity.Fields.Where(field => IsKept(field, isProtected, keepsFrom)).ToList();
        var isExact = canonical is null && kept.Count == entity.Fields.Count && !entity.Blank.IsEmpty;
        var names = kept.Select(field => field.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);

        var writer = new ArrayBufferWriter<byte>(decrypted.Length + 4096);
        foreach (var field in outer.Where(field => !field.IsContent && !names.Contains(field.Name)))
        {
            writer.Write(field.Octets.Span);
        }

        var start = writer.WrittenCount;
        writer.Write(entity.WithFields(kept));
        return new EntityInPlace(writer.WrittenMemory, isExact ? [start, writer.WrittenCount - start] : null);
    }

    /// <summary>RFC 9788 §2.1.1, and the form of it that came before.</summary>
    private static bool IsProtected(RawMessage entity)
    {
        var parameters = entity.ContentType.Parameters;
        return parameters["hp"] is "cipher" or "clear" || parameters["protected-headers"] is "v1";
    }

    private static bool IsKept(RawField field, bool isProtected, bool keepsFrom)
    {
        if (field.IsContent || field.Is("MIME-Version"))
        {
            return true;
        }

        // Trace fields say what happened outside; nobody inside can know.
        return isProtected && !field.IsReserved && !field.Is("Received") && !field.Is("Return-Path") && !field.Is("Delivered-To") && !field.Is("Authentication-Results")
            && !field.Is("Bcc") && (keepsFrom || !field.Is("From"));
    }
}
