using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Protocol.Soledad.Leap;

namespace Bitmask.Soledad.Leap;

/// <summary>
/// Documents of a LEAP account on the wire: ids in clear, content <c>{"raw": "preamble ciphertext"}</c> with AES-256-GCM, the older
/// HMAC scheme for reading, bare tombstones, and arrived mail as clear JSON around an OpenPGP message. Of clear documents exactly that
/// one form is let in; the original took any and let its server overwrite everything.
/// </summary>
/// <param name="remoteSecret">The account's 512-octet secret; borrowed.</param>
/// <param name="clock">For the time in the preamble.</param>
public sealed class LeapCodec(SecretBytes remoteSecret, TimeProvider clock) : IDocumentCodec
{
    private const string EncryptedPrefix = "{\"raw\": \"EzcB";
    private const int TagOctets = LeapCipher.TagOctets;
    private static readonly string[] IncomingMembers = ["_enc_json", "_enc_scheme", "errdecr", "incoming"];

    /// <inheritdoc/>
    public string WireId(string trueId) => trueId;

    /// <inheritdoc/>
    public WireDocument Encode(Document document, ulong seq)
        => Encode(document, RandomNumberGenerator.GetBytes(LeapCipher.IvOctets), clock.GetUtcNow().ToUnixTimeSeconds());

    internal WireDocument Encode(Document document, byte[] iv, long unixTime)
    {
        ArgumentNullException.ThrowIfNull(document);
        if (document.Json is null)
        {
            return new WireDocument(document.Id, document.Rev, null);
        }

        var plaintext = Encoding.ASCII.GetBytes(Escape(document.Json));
        var preamble = new BlobPreamble
        {
            Scheme = BlobPreamble.SchemeSymmetric,
            Method = BlobPreamble.MethodAesGcm,
            UnixTime = (ulong)unixTime,
            Iv = iv,
            Id = document.Id,
            Rev = document.Rev,
            Size = LeapSize.Ceiling(plaintext.Length) ?? throw new ArgumentException("The document is too large for LEAP.", nameof(document)),
        }.ToBytes();
        var ciphertext = LeapCipher.EncryptGcm(LeapDocumentKeys.Cipher(remoteSecret, document.Id), iv, preamble, plaintext);
        CryptographicOperations.ZeroMemory(plaintext);
        return new WireDocument(document.Id, document.Rev, $$"""{"raw": "{{Base64(preamble)}} {{Base64(ciphertext)}}"}""");
    }

    /// <inheritdoc/>
    public DecodeAnswer Decode(WireDocument wire)
    {
        ArgumentNullException.ThrowIfNull(wire);
        if (!DocumentId.IsValid(wire.WireId))
        {
            return new DecodeAnswer.Refused("no document id");
        }

        if (wire.Content is null)
        {
            return new DecodeAnswer.Delete(new Document(wire.WireId, wire.Rev, null), null);
        }

        try
        {
            using var json = JsonDocument.Parse(wire.Content);
            return wire.Content.StartsWith(EncryptedPrefix, StringComparison.Ordinal) ? Decrypt(wire, json.RootElement)
                : LeapLegacyDocument.IsOne(json.RootElement) ? Plaintext(wire, LeapLegacyDocument.Open(json.RootElement, wire.WireId, wire.Rev, remoteSecret))
                : IsIncoming(json.RootElement) ? new DecodeAnswer.PlainIncoming(new Document(wire.WireId, wire.Rev, wire.Content))
                : new DecodeAnswer.Refused("not encrypted: anybody could have written it");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return new DecodeAnswer.Refused("no JSON");
        }
    }

    private DecodeAnswer Decrypt(WireDocument wire, JsonElement content)
    {
        var raw = content.GetProperty("raw").GetString() ?? "";
        var space = raw.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || SealedText.Decode(raw.AsSpan(0, space).TrimEnd('=')) is not { } preambleOctets
            || SealedText.Decode(raw.AsSpan(space + 1).TrimEnd('=')) is not { Length: >= TagOctets } ciphertext)
        {
            return new DecodeAnswer.Refused("preamble or ciphertext are missing");
        }

        BlobPreamble preamble;
        try
        {
            preamble = BlobPreamble.Parse(preambleOctets);
        }
        catch (SoledadProtocolException e)
        {
            return new DecodeAnswer.Refused(e.Message);
        }

        if (preamble is not { Scheme: BlobPreamble.SchemeSymmetric, Method: BlobPreamble.MethodAesGcm })
        {
            return new DecodeAnswer.Refused(string.Create(CultureInfo.InvariantCulture, $"encryption scheme {preamble.Scheme} with method {preamble.Method} is not for documents"));
        }

        // A revision longer than the field was cut when it was written; the part that fits must agree.
        var rev = wire.Rev.Length > BlobPreamble.MaxTextOctets ? wire.Rev[..BlobPreamble.MaxTextOctets] : wire.Rev;
        return preamble.Rev != rev || preamble.Id != wire.WireId
            ? new DecodeAnswer.Refused("encrypted for another document or revision")
            : Plaintext(wire, LeapCipher.DecryptGcm(LeapDocumentKeys.Cipher(remoteSecret, wire.WireId), preamble.Iv.Span, preambleOctets, ciphertext));
    }

    private static DecodeAnswer Plaintext(WireDocument wire, byte[]? plaintext)
    {
        if (plaintext is null)
        {
            return new DecodeAnswer.Refused("not authentic");
        }

        if (!System.Text.Unicode.Utf8.IsValid(plaintext) || Encoding.UTF8.GetString(plaintext) is not { } json || !DocumentContent.IsObject(json))
        {
            return new DecodeAnswer.Refused("the content is no JSON object");
        }

        return new DecodeAnswer.Put(new Document(wire.WireId, wire.Rev, json), null);
    }

    private static bool IsIncoming(JsonElement content)
        => content.ValueKind == JsonValueKind.Object
            && content.EnumerateObject().Select(m => m.Name).Order(StringComparer.Ordinal).SequenceEqual(IncomingMembers)
            && content.GetProperty("incoming").ValueKind == JsonValueKind.True
            && content.GetProperty("errdecr").ValueKind is JsonValueKind.True or JsonValueKind.False
            && content.GetProperty("_enc_scheme") is { ValueKind: JsonValueKind.String } scheme && scheme.ValueEquals("pubkey")
            && content.GetProperty("_enc_json").ValueKind == JsonValueKind.String;

    /// <summary>Old clients fail on anything but ASCII. Outside of strings JSON has nothing else, so escaping code unit by code unit is right.</summary>
    private static string Escape(string json)
    {
        if (Ascii.IsValid(json))
        {
            return json;
        }

        var text = new StringBuilder(json.Length * 2);
        foreach (var c in json)
        {
            _ = c < 0x80 ? text.Append(c) : text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        return text.ToString();
    }

    private static string Base64(byte[] bytes) => Convert.ToBase64String(bytes).Replace('+', '-').Replace('/', '_');
}
