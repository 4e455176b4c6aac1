using Bitmask.Mail.Pipelines.Mime;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using MimeKit;

namespace Bitmask.Mail.Pipelines;

/// <summary>
/// Opens a mail: decrypts PGP/MIME (RFC 3156 §4) and inline PGP, checks signatures (§5) and writes down what was found (security.md A10). The facts come from
/// what was done here; no header of the mail can speak for them. Never throws on a mail, whatever is in it.
/// </summary>
/// <param name="keys">Our secret keys.</param>
/// <param name="signers">Whose certificates signatures are checked by.</param>
/// <param name="now">When the mail is opened.</param>
internal sealed class MessageOpener(IReadOnlyList<OpenPgpSecretKey> keys, SignerCandidates signers, DateTimeOffset now)
{
    private const string WholeMessage = "";

    private readonly List<SecurityLayer> _layers = [];

    /// <summary>Opens one mail. An opener serves one mail.</summary>
    public OpenedMessage Open(ReadOnlyMemory<byte> raw, string wrapper, ArrivalAuthentication? auth)
    {
        var message = RawMessage.Parse(raw);
        var outer = message.Fields.Where(field => !field.IsReserved).ToList();
        var from = MailAddresses.Single(message, "From");
        var filed = message.Fields.Count == outer.Count ? raw : message.WithFields(outer);
        var type = message.ContentType;
        if (EncryptedPart.Find(message) is { } encrypted)
        {
            filed = OpenWhole(outer, filed, encrypted, from);
        }
        else if (type.IsMimeType("multipart", "signed"))
        {
            Verify(message, type, filed);
        }
        else if (type.IsMimeType("multipart", "mixed") && type.Boundary is { } boundary && message.Fields.Count(field => field.Is("Content-Type")) == 1)
        {
            filed = MixedMessage.Rewritten(message, boundary) is { } whole ? OpenWhole(outer, filed, whole, from) : OpenParts(message, boundary, filed);
        }
        else if (InlineMessage.Find(message) is { } inline)
        {
            filed = OpenInline(message, outer, inline, filed);
        }

        else if (InlineMessage.FindSigned(message) is { } signed)
        {
            VerifyInline(signed);
        }

        var facts = new SecurityFacts { Wrapper = wrapper, Layers = _layers, Signer = SignerCandidates.SignerOf(_layers), From = from?.Address, Auth = auth };
        return new OpenedMessage(filed, facts, _layers.Any(layer => layer.Result == SecurityLayer.UnknownKey) ? from : null);
    }

    /// <summary>Decrypts and notes the layer; null when it does not open.</summary>
    private DecryptionResult.Opened? Decrypt(ReadOnlyMemory<byte> encrypted, string part)
    {
        var result = MessageDecryptor.Decrypt(encrypted.Span, keys, signers.All, now);
        _layers.Add(result switch
        {
            DecryptionResult.Opened opened => new SecurityLayer { Kind = SecurityLayer.Encryption, Part = part, Alg = opened.Cipher, KeyIds = opened.RecipientKeyIds, Result = SecurityLayer.Good },
            DecryptionResult.NoKey noKey => new SecurityLayer { Kind = SecurityLayer.Encryption, Part = part, KeyIds = noKey.RecipientKeyIds, Result = SecurityLayer.NoKey },
            _ => new SecurityLayer { Kind = SecurityLayer.Encryption, Part = part, Result = SecurityLayer.Damaged },
        });
        return result as DecryptionResult.Opened;
    }

    private ReadOnlyMemory<byte> OpenWhole(List<RawField> outer, ReadOnlyMemory<byte> unopened, ReadOnlyMemory<byte> encrypted, EmailAddress? from)
    {
        if (Decrypt(encrypted, WholeMessage) is not { } opened)
        {
            return unopened;
        }

        var entity = EntityInPlace.Join(outer, opened.Data, from);
        AddSignatures(opened.Signatures, WholeMessage, entity.Range);
        var inner = RawMessage.Parse(entity.Raw);
        if (opened.Signatures.Count == 0 && inner.ContentType.IsMimeType("multipart", "signed"))
        {
            Verify(inner, inner.ContentType, entity.Raw);
        }

        return entity.Raw;
    }

    private ReadOnlyMemory<byte> OpenParts(RawMessage message, string boundary, ReadOnlyMemory<byte> filed)
    {
        foreach (var (number, octets, encrypted, mayOpen) in MixedMessage.Find(message, boundary).ToList())
        {
            var part = number.ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (!mayOpen)
            {
                _layers.Add(new SecurityLayer { Kind = SecurityLayer.Encryption, Part = part, Result = SecurityLayer.NotOpened });
                continue;
            }

            if (Decrypt(encrypted, part) is { } opened)
            {
                // The part's own place in the filed octets: only header fields before it were left out.
                var start = filed.Length - message.Body.Length + message.Body.Span.IndexOf(octets.Span);
                var entity = EntityInPlace.Join([], opened.Data, from: null);
                AddSignatures(opened.Signatures, part, entity.Range is [var at, var length] ? [start + at, length] : null);
                filed = (byte[])[.. filed.Span[..start], .. entity.Raw.Span, .. filed.Span[(start + octets.Length)..]];
            }
        }

        return filed;
    }

    private ReadOnlyMemory<byte> OpenInline(RawMessage message, List<RawField> outer, InlineMessage inline, ReadOnlyMemory<byte> unopened)
    {
        var part = inline.IsWhole ? WholeMessage : "1";
        if (Decrypt(inline.Armor, part) is not { } opened)
        {
            return unopened;
        }

        var (raw, range) = inline.Open(outer, opened.Data, inline.Charset(message));
        AddSignatures(opened.Signatures, part, range);
        return raw;
    }

    /// <summary>Notes signatures. One that covers a part of the mail only is nobody's word on the mail.</summary>
    private void AddSignatures(IReadOnlyList<SignatureResult> signatures, string part, IReadOnlyList<long>? range)
        => _layers.AddRange(signatures.Select(signature => Layer(signature, part, range)).Select(layer
            => part.Length > 0 && layer.Result == SecurityLayer.Good ? layer with { Result = SecurityLayer.PartOnly } : layer));

    /// <summary>Checks a multipart/signed; the signed part stays in the mail as it is, so its place can be told.</summary>
    private void Verify(RawMessage message, ContentType type, ReadOnlyMemory<byte> filed)
    {
        if (message.Fields.Count(field => field.Is("Content-Type")) != 1)
        {
            return; // The octets stay as they are, and another reader may go by the other field: what it shows is not what was signed.
        }

        var isPgp = string.Equals(type.Parameters["protocol"], "application/pgp-signature", StringComparison.OrdinalIgnoreCase);
        if (!isPgp || type.Boundary is not { } boundary || RawMultipart.Split(message.Body, boundary, 3) is not [var signed, var signature]
            || RawMessage.Parse(signature) is var part && !part.ContentType.IsMimeType("application", "pgp-signature"))
        {
            return;
        }

        var result = SignatureVerifier.VerifyDetached(signed.Span, PartContent.Decode(part).Span, signers.All, now);
        if (result.Status == SignatureStatus.Bad && LineEnds.ToCrLf(signed) is { } canonical)
        {
            // Made over CRLF lines (RFC 3156 §5), but something on the way kept LF only.
            result = SignatureVerifier.VerifyDetached(canonical, PartContent.Decode(part).Span, signers.All, now);
        }

        var at = filed.Length - message.Body.Length + message.Body.Span.IndexOf(signed.Span);
        _layers.Add(Layer(result, "1", [at, signed.Length]));
    }

    /// <summary>Checks a text with its signature below it. The mail stays as it is, dashes and all, so that what a reader sees is what was sent.</summary>
    private void VerifyInline(InlineMessage inline)
    {
        using var spool = new PlaintextSpool();
        using var text = new MemoryStream(inline.Armor.ToArray());
        if (SignatureVerifier.VerifyMessage(text, spool, signers.All, now) is SignedMessage.Read read)
        {
            AddSignatures(read.Signatures, inline.IsWhole ? WholeMessage : "1", range: null);
        }
    }

    private SecurityLayer Layer(SignatureResult signature, string part, IReadOnlyList<long>? range) => new()
    {
        Kind = SecurityLayer.Signature,
        Part = part,
        Range = range,
        Alg = signature.HashAlgorithm,
        KeyIds = signature.KeyId is { } keyId ? [keyId] : [],
        Fpr = signature.Signer?.Value,
        SigTime = signature.Created,
        Result = signers.Word(signature),
        SigPackets = signature.Packet.Length > 0 ? [Convert.ToBase64String(signature.Packet)] : [],
    };
}
