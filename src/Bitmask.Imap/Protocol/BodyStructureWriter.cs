using Bitmask.Mail;

namespace Bitmask.Imap.Protocol;

/// <summary>body (RFC 3501 §7.4.2): BODYSTRUCTURE, or BODY without the extension data.</summary>
internal static class BodyStructureWriter
{
    /// <summary>Writes the structure of a part and all below it.</summary>
    public static void Write(ResponseWriter writer, MimePartInfo part, bool extensible)
    {
        writer.Raw("("u8);
        if (part.Type == "multipart")
        {
            Multipart(writer, part, extensible);
        }
        else
        {
            Single(writer, part, extensible);
        }

        writer.Raw(")"u8);
    }

    private static void Multipart(ResponseWriter writer, MimePartInfo part, bool extensible)
    {
        foreach (var child in part.Parts)
        {
            Write(writer, child, extensible);
        }

        if (part.Parts.Count == 0)
        {
            // The grammar wants one part at least: a multipart without any shows an empty text.
            writer.Raw("(\"text\" \"plain\" NIL NIL NIL \"7bit\" 0 0)"u8);
        }

        writer.Raw(" "u8);
        writer.String(part.Subtype);
        if (extensible)
        {
            writer.Raw(" "u8);
            Parameters(writer, part.Parameters);
            Extension(writer, part);
        }
    }

    private static void Single(ResponseWriter writer, MimePartInfo part, bool extensible)
    {
        // Clients expect an envelope and a body wherever they read MESSAGE/RFC822, so a part that is none in truth must not say so.
        var isMessage = part is { Type: "message", Subtype: "rfc822" } || (writer.IsUtf8 && part is { Type: "message", Subtype: "global" });
        var isBroken = isMessage && (part.Message is null || part.Envelope is null);
        writer.String(isBroken ? "application" : part.Type);
        writer.Raw(" "u8);
        writer.String(isBroken ? "octet-stream" : part.Subtype);
        writer.Raw(" "u8);
        Parameters(writer, part.Parameters);
        writer.Raw(" "u8);
        writer.NString(part.Id);
        writer.Raw(" "u8);
        writer.NString(part.Description);
        writer.Raw(" "u8);
        writer.String(part.Encoding);
        writer.Raw(" "u8);
        writer.Number(part.Size);
        if (isMessage && !isBroken)
        {
            writer.Raw(" "u8);
            EnvelopeWriter.Write(writer, part.Envelope!);
            writer.Raw(" "u8);
            Write(writer, part.Message!, extensible);
        }

        if (part.Type == "text" || (isMessage && !isBroken))
        {
            writer.Raw(" "u8);
            writer.Number(part.Lines);
        }

        if (extensible)
        {
            writer.Raw(" "u8);
            writer.NString(part.Md5);
            Extension(writer, part);
        }
    }

    /// <summary>Disposition, language and location.</summary>
    private static void Extension(ResponseWriter writer, MimePartInfo part)
    {
        writer.Raw(" "u8);
        if (part.Disposition is { } disposition)
        {
            writer.Raw("("u8);
            writer.String(disposition);
            writer.Raw(" "u8);
            Parameters(writer, part.DispositionParameters);
            writer.Raw(")"u8);
        }
        else
        {
            writer.Nil();
        }

        writer.Raw(" "u8);
        switch (part.Languages)
        {
            case []:
                writer.Nil();
                break;
            case [var one]:
                writer.String(one);
                break;
            default:
                writer.Raw("("u8);
                for (var i = 0; i < part.Languages.Count; i++)
                {
                    writer.Raw(i > 0 ? " "u8 : ""u8);
                    writer.String(part.Languages[i]);
                }

                writer.Raw(")"u8);
                break;
        }

        writer.Raw(" "u8);
        writer.NString(part.Location);
    }

    private static void Parameters(ResponseWriter writer, IReadOnlyList<MimeParameter> parameters)
    {
        if (parameters.Count == 0)
        {
            writer.Nil();
            return;
        }

        writer.Raw("("u8);
        for (var i = 0; i < parameters.Count; i++)
        {
            writer.Raw(i > 0 ? " "u8 : ""u8);
            writer.String(parameters[i].Name);
            writer.Raw(" "u8);
            writer.String(parameters[i].Value);
        }

        writer.Raw(")"u8);
    }
}
