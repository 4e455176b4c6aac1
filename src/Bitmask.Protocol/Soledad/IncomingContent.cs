using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Bitmask.Protocol.Soledad;

/// <summary>What the receiving server noticed about a mail; said by the provider, hence never more than a hint.</summary>
/// <param name="Spf">Result of SPF (RFC 7208 §2.6); null when it was not looked at.</param>
/// <param name="Dkim">Result of DKIM (RFC 6376 §3.9); null when it was not looked at.</param>
/// <param name="Dmarc">Result of DMARC; null when it was not looked at.</param>
public sealed record IncomingAuthentication(string? Spf, string? Dkim, string? Dmarc);

/// <summary>The SMTP facts of a mail.</summary>
/// <param name="From">Return path; empty for the null path (RFC 5321 §4.5.5).</param>
/// <param name="Rcpt">The recipient it was accepted for.</param>
/// <param name="Received">When it was accepted.</param>
/// <param name="Auth">What the server noticed.</param>
public sealed record IncomingEnvelope(string From, string Rcpt, DateTimeOffset Received, IncomingAuthentication? Auth);

/// <summary>
/// What the provider encrypts to the recipient's key for each mail (security.md A8):
/// <c>{"incoming":true, "content":… | "content_b64":…, "envelope":{from,rcpt,received,auth:{spf,dkim,dmarc}}}</c>.
/// <c>content</c> when the mail is valid UTF-8, else base64url, so that every octet survives. LEAP's form has no envelope.
/// </summary>
/// <param name="Content">The mail as it came in, octet for octet.</param>
/// <param name="Envelope">The SMTP facts; null in LEAP's form.</param>
public sealed record IncomingContent(ReadOnlyMemory<byte> Content, IncomingEnvelope? Envelope)
{
    /// <summary>Longest serialised form that is read, in octets.</summary>
    public const int MaxOctets = 160 * 1024 * 1024;

    /// <summary>The serialised form.</summary>
    public byte[] ToBytes()
    {
        var buffer = new ArrayBufferWriter<byte>(Content.Length + 512);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteBoolean("incoming"u8, true);
            if (System.Text.Unicode.Utf8.IsValid(Content.Span))
            {
                json.WriteString("content"u8, Content.Span);
            }
            else
            {
                json.WriteString("content_b64"u8, Base64Url.EncodeToString(Content.Span));
            }

            if (Envelope is not null)
            {
                WriteEnvelope(json, Envelope);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads the serialised form.</summary>
    /// <exception cref="SoledadProtocolException">Not an incoming mail.</exception>
    public static IncomingContent Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > MaxOctets)
        {
            throw new SoledadProtocolException("The incoming mail is too big.");
        }

        try
        {
            using var json = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("incoming"u8, out var marker) || marker.ValueKind != JsonValueKind.True)
            {
                throw new SoledadProtocolException("Not an incoming mail: the marker is missing.");
            }

            return new IncomingContent(ReadContent(root), root.TryGetProperty("envelope"u8, out var e) ? ReadEnvelope(e) : null);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or EncoderFallbackException)
        {
            throw new SoledadProtocolException("Not an incoming mail: the JSON is damaged.", e);
        }
    }

    private static void WriteEnvelope(Utf8JsonWriter json, IncomingEnvelope envelope)
    {
        json.WriteStartObject("envelope"u8);
        json.WriteString("from"u8, envelope.From);
        json.WriteString("rcpt"u8, envelope.Rcpt);
        json.WriteString("received"u8, envelope.Received.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        if (envelope.Auth is { } auth)
        {
            json.WriteStartObject("auth"u8);
            WriteOptional(json, "spf", auth.Spf);
            WriteOptional(json, "dkim", auth.Dkim);
            WriteOptional(json, "dmarc", auth.Dmarc);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static byte[] ReadContent(JsonElement root)
    {
        var hasText = root.TryGetProperty("content"u8, out var text);
        var hasBase64 = root.TryGetProperty("content_b64"u8, out var base64);
        if (hasText == hasBase64)
        {
            throw new SoledadProtocolException("An incoming mail has one of content and content_b64.");
        }

        return hasText
            ? DocumentContent.Strict.GetBytes(text.GetString() ?? throw new SoledadProtocolException("The content is null."))
            : Base64Url.DecodeFromChars(base64.GetString() ?? throw new SoledadProtocolException("The content is null."));
    }

    private static IncomingEnvelope ReadEnvelope(JsonElement e)
    {
        var auth = e.TryGetProperty("auth"u8, out var a) && a.ValueKind == JsonValueKind.Object
            ? new IncomingAuthentication(Optional(a, "spf"), Optional(a, "dkim"), Optional(a, "dmarc"))
            : null;
        return new IncomingEnvelope(Required(e, "from"), Required(e, "rcpt"), Received(e), auth);
    }

    private static DateTimeOffset Received(JsonElement e)
        => e.TryGetProperty("received"u8, out var value) ? value.GetDateTimeOffset() : throw new SoledadProtocolException("The envelope lacks received.");

    private static string Required(JsonElement e, string name)
        => Optional(e, name) ?? throw new SoledadProtocolException($"The envelope lacks {name}.");

    private static string? Optional(JsonElement e, string name)
        => e.TryGetProperty(name, out var value) ? value.GetString() : null;
}
