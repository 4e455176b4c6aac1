using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bitmask.Primitives;

namespace Bitmask.Soledad.Leap;

/// <summary>LEAP's first document encryption, AES-256-CTR and HMAC-SHA256 over hex text in JSON. Old accounts hold it; nobody writes it any more.</summary>
internal static class LeapLegacyDocument
{
    /// <summary>Whether a parsed document is in this scheme.</summary>
    public static bool IsOne(JsonElement content)
        => content.ValueKind == JsonValueKind.Object && Text(content, "_enc_scheme") == "symkey";

    /// <summary>The plaintext JSON, or null when anything about it is wrong.</summary>
    public static byte[]? Open(JsonElement content, string documentId, string rev, SecretBytes remoteSecret)
    {
        if (Text(content, "_enc_method") != "aes-256-ctr" || Text(content, "_mac_method") != "hmac"
            || Text(content, "_enc_json") is not { } hex || Text(content, "_enc_iv") is not { } ivText || Text(content, "_mac") is not { } macHex
            || !TryHex(hex, out var ciphertext) || !TryHex(macHex, out var mac))
        {
            return null;
        }

        // The IV counts as it stands in the text, its line feed included.
        using var expected = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, LeapDocumentKeys.Mac(remoteSecret, documentId));
        expected.AppendData(Encoding.UTF8.GetBytes(documentId + rev));
        expected.AppendData(ciphertext);
        expected.AppendData(Encoding.UTF8.GetBytes("symkey" + "aes-256-ctr" + ivText));
        if (!CryptographicOperations.FixedTimeEquals(expected.GetHashAndReset(), mac))
        {
            return null;
        }

        var iv = new byte[LeapCipher.IvOctets + 2];
        return Convert.TryFromBase64String(ivText, iv, out var length) && length == LeapCipher.IvOctets
            ? LeapCipher.Ctr(LeapDocumentKeys.Cipher(remoteSecret, documentId), iv.AsSpan(0, length), ciphertext)
            : null;
    }

    private static string? Text(JsonElement content, string name)
        => content.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool TryHex(string text, out byte[] bytes)
    {
        bytes = new byte[text.Length / 2];
        return Convert.FromHexString(text, bytes, out var read, out _) == System.Buffers.OperationStatus.Done && read == text.Length;
    }
}
