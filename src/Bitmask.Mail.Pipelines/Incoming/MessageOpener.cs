using Bitmask.Mail.Pipelines.Mime;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using MimeKit;

namespace Bitmask.Mail.Pipelines;

/// <summary>
/// Opens a mail: decrypts PGP/MIME (RFC 3156 §4), checks signatures (§5) and writes down what was found (security.md A10). The facts come from
/// what was done here; no header of the mail can speak for them. Never throws on a mail, whatever is in it.
/// </summary>
/// <param name="keys">Our secret keys.</param>
/// <param name="signers">Certificates of the address in From.</param>
/// <param name="now">When the mail is opened.</param>
internal sealed class MessageOpener(IReadOnlyList<OpenPgpSecretKey> keys, IReadOnlyList<OpenPgpCertificate> signers, DateTimeOffset now)
{
    private readonly List<SecurityLayer> _layers = [];

    /// <summary>Opens one mail. An opener serves one mail.</summary>
    public OpenedMessage Open(ReadOnlyMemory<byte> raw, string wrapper, ArrivalAuthentication? auth)
    {
        var message = RawMessage.Parse(raw);
        var outer = message.Fields.Where(field => !field.IsReserved).ToList();
        var from = MailAddresses.Single(message, "From");
        var filed = message.Fields.Count == outer.Count ? raw : message.WithFields(outer);
        var type = message.ContentType;
        if (type.IsMimeType("multipart", "encrypted") && EncryptedPart(message, type) is { } encrypted)
        {
            filed = Decrypt(outer, filed, encrypted, from);
        }
        else if (type.IsMimeType("multipart", "signed"))
        {
            Verify(message, type, filed);
        }

        var facts = new SecurityFacts { Wrapper = wrapper, Layers = _layers, Signer = Signer(), From = from?.Address, Auth = auth };
        return new OpenedMessage(filed, facts, _layers.Any(layer => layer.Result == Word(SignatureStatus.UnknownKey)) ? from : null);
    }

    /// <summary>The facts' word for the outcome of a signature check.</summary>
    public static string Word(SignatureStatus status) => status switch
    {
        SignatureStatus.Good => SecurityLayer.Good,
        SignatureStatus.Bad => SecurityLayer.Bad,
        SignatureStatus.UnknownKey => "unknown-key",
        SignatureStatus.ExpiredKey => "expired-key",
        SignatureStatus.RevokedKey => "revoked-key",
        SignatureStatus.Unsupported => "unsupported",
        _ => "none",
    };

    /// <summary>
    /// The signer that counts: there are signatures, all that could be checked hold, and they are by one key of the address in From, because
    /// nobody else's certificates were candidates.
    /// </summary>
    private string? Signer()
    {
        var signatures = _layers.Where(layer => layer.Kind == SecurityLayer.Signature).ToList();
        return signatures.Any(layer => layer.Result == SecurityLayer.Bad) ? null : signatures.FirstOrDefault(layer => layer.Result == SecurityLayer.Good)?.Fpr;
    }

    /// <summary>The OpenPGP message of a multipart/encrypted of exactly the form of RFC 3156 §4; null when it has another one.</summary>
    private static ReadOnlyMemory<byte>? EncryptedPart(RawMessage message, ContentType type)
    {
        if (!string.Equals(type.Parameters["protocol"], "application/pgp-encrypted", StringComparison.OrdinalIgnoreCase) || type.Boundary is not { } boundary)
        {
            return null;
        }

        var parts = RawMultipart.Split(message.Body, boundary, 3);
        if (parts.Count != 2 || !RawMessage.Parse(parts[0]).ContentType.IsMimeType("application", "pgp-encrypted"))
        {
            return null;
        }

        var part = RawMessage.Parse(parts[1]);
        return part.ContentType.IsMimeType("application", "octet-stream") ? PartContent.Decode(part) : null;
    }

    private ReadOnlyMemory<byte> Decrypt(List<RawField> outer, ReadOnlyMemory<byte> unopened, ReadOnlyMemory<byte> encrypted, EmailAddress? from)
    {
        switch (MessageDecryptor.Decrypt(encrypted.Span, keys, signers, now))
        {
            case DecryptionResult.Opened opened:
                _layers.Add(new SecurityLayer { Kind = SecurityLayer.Encryption, Alg = opened.Cipher, KeyIds = opened.RecipientKeyIds, Result = SecurityLayer.Good });
                var entity = EntityInPlace.Join(outer, opened.Data, from);
                foreach (var signature in opened.Signatures)
                {
                    _layers.Add(Layer(signature, "", entity.Range));
                }

                var inner = RawMessage.Parse(entity.Raw);
                if (opened.Signatures.Count == 0 && inner.ContentType.IsMimeType("multipart", "signed"))
                {
                    Verify(inner, inner.ContentType, entity.Raw);
                }

                return entity.Raw;
            case DecryptionResult.NoKey noKey:
                _layers.Add(new SecurityLayer { Kind = SecurityLayer.Encryption, KeyIds = noKey.RecipientKeyIds, Result = "no-key" });
                return unopened;
            default:
                _layers.Add(new SecurityLayer { Kind = SecurityLayer.Encryption, Result = "damaged" });
                return unopened;
        }
    }

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

        var result = SignatureVerifier.VerifyDetached(signed.Span, PartContent.Decode(part).Span, signers, now);
        if (result.Status == SignatureStatus.Bad && LineEnds.ToCrLf(signed) is { } canonical)
        {
            // Made over CRLF lines (RFC 3156 §5), but something on the way kept LF only.
            result = SignatureVerifier.VerifyDetached(canonical, PartContent.Decode(part).Span, signers, now);
        }

        var at = filed.Length - message.Body.Length + message.Body.Span.IndexOf(signed.Span);
        _layers.Add(Layer(result, "1", [at, signed.Length]));
    }

    private static SecurityLayer Layer(SignatureResult signature, string part, IReadOnlyList<long>? range) => new()
    {
        Kind = SecurityLayer.Signature,
        Part = part,
        Range = range,
        Alg = signature.HashAlgorithm,
        KeyIds = signature.KeyId is { } keyId ? [keyId] : [],
        Fpr = signature.Signer?.Value,
        SigTime = signature.Created,
        Result = Word(signature.Status),
        SigPackets = signature.Packet.Length > 0 ? [Convert.ToBase64String(signature.Packet)] : [],
    };
}
