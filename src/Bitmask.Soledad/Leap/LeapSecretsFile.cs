using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bitmask.Primitives;

namespace Bitmask.Soledad.Leap;

/// <summary>
/// LEAP's secrets file, and record at the provider: reads versions 1 and 2, writes version 2. The passphrase goes through scrypt as
/// UTF-8, without normalisation.
/// </summary>
public static class LeapSecretsFile
{
    private const int CipherCtr = 1;
    private const int CipherGcm = 2;
    private const int MaxFileOctets = 64 * 1024;
    private const int V1Octets = LeapSecrets.RemoteSecretOctets + LeapSecrets.LocalSaltOctets + LeapSecrets.LocalSecretOctets;

    /// <summary>Opens a file of either version.</summary>
    /// <exception cref="WrongPassphraseException">The passphrase does not open it (or it was altered: the two look alike).</exception>
    /// <exception cref="SoledadException">It is no such file (<see cref="SoledadCodes.SecretsDamaged"/>).</exception>
    public static LeapSecrets Open(ReadOnlySpan<byte> utf8, string passphrase)
    {
        ArgumentNullException.ThrowIfNull(passphrase);
        if (utf8.Length > MaxFileOctets)
        {
            throw Damaged("it is too large");
        }

        try
        {
            var reader = new Utf8JsonReader(utf8);
            using var document = JsonDocument.ParseValue(ref reader);
            var file = document.RootElement;
            var version = file.TryGetProperty("version", out var number) ? number.GetInt32() : 1;
            return version switch
            {
                1 => OpenVersion1(file, passphrase),
                2 => OpenVersion2(file, passphrase),
                _ => throw Damaged($"version {version} is unknown"),
            };
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException or ArgumentException)
        {
            throw Damaged("something in it is missing or malformed", e);
        }
    }

    /// <summary>Writes version 2 with a new salt and IV.</summary>
    public static byte[] Seal(LeapSecrets secrets, string passphrase)
        => Seal(secrets, passphrase, RandomNumberGenerator.GetBytes(64), RandomNumberGenerator.GetBytes(LeapCipher.IvOctets));

    internal static byte[] Seal(LeapSecrets secrets, string passphrase, byte[] salt, byte[] iv)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        ArgumentNullException.ThrowIfNull(passphrase);
        var plaintext = Inner(secrets);
        using var key = LeapCipher.Scrypt(Encoding.UTF8.GetBytes(passphrase), salt);
        var ciphertext = LeapCipher.EncryptGcm(key.Span, iv, [], plaintext);
        var length = plaintext.Length;
        CryptographicOperations.ZeroMemory(plaintext);

        using var output = new MemoryStream();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteNumber("version", 2);
            json.WriteString("kdf", "scrypt");
            json.WriteString("kdf_salt", Convert.ToBase64String(salt) + "\n");
            json.WriteNumber("kdf_length", LeapCipher.KeyOctets);
            json.WriteNumber("cipher", CipherGcm);
            json.WriteNumber("length", length);
            json.WriteString("iv", Convert.ToBase64String(iv));
            json.WriteString("secrets", Convert.ToBase64String(ciphertext) + "\n");
            json.WriteEndObject();
        }

        return output.ToArray();
    }

    private static LeapSecrets OpenVersion2(JsonElement file, string passphrase)
    {
        CheckKdf(file);
        using var key = LeapCipher.Scrypt(Encoding.UTF8.GetBytes(passphrase), Base64(file, "kdf_salt"));
        var (iv, ciphertext) = (Base64(file, "iv"), Base64(file, "secrets"));
        var plaintext = file.GetProperty("cipher").GetInt32() switch
        {
            CipherGcm when iv.Length > 0 => LeapCipher.DecryptGcm(key.Span, iv, [], ciphertext) ?? throw WrongPassphrase(),
            CipherCtr when iv.Length == LeapCipher.IvOctets => LeapCipher.Ctr(key.Span, iv, ciphertext),
            var other => throw Damaged($"cipher {other} is unknown"),
        };
        try
        {
            if (plaintext.Length != file.GetProperty("length").GetInt32())
            {
                throw Damaged("its length is wrong");
            }

            using var inner = JsonDocument.Parse(plaintext);
            return new LeapSecrets(
                Secret(inner.RootElement, "remote_secret"), Secret(inner.RootElement, "local_salt"), Secret(inner.RootElement, "local_secret"));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    private static LeapSecrets OpenVersion1(JsonElement file, string passphrase)
    {
        // Several entries may stand there and only one is used; the field active_secret is ignored as the original does.
        var entry = file.GetProperty("storage_secrets").EnumerateObject().First().Value;
        CheckKdf(entry);
        var cipher = entry.GetProperty("cipher");
        if (!(cipher.ValueKind == JsonValueKind.String ? cipher.GetString() == "aes256" : cipher.GetInt32() == CipherCtr))
        {
            throw Damaged("its cipher is unknown");
        }

        var parts = entry.GetProperty("secret").GetString()!.Split(':');
        if (parts.Length != 2 || Convert.FromBase64String(parts[0]) is not { Length: LeapCipher.IvOctets } iv)
        {
            throw Damaged("its secret is malformed");
        }

        using var key = LeapCipher.Scrypt(Encoding.UTF8.GetBytes(passphrase), Base64(entry, "kdf_salt"));
        var plaintext = LeapCipher.Ctr(key.Span, iv, Convert.FromBase64String(parts[1]));
        try
        {
            if (plaintext.Length != V1Octets || entry.GetProperty("length").GetInt32() != V1Octets)
            {
                throw Damaged("its length is wrong");
            }

            const int SaltAt = LeapSecrets.RemoteSecretOctets;
            const int SecretAt = SaltAt + LeapSecrets.LocalSaltOctets;
            return new LeapSecrets(
                new SecretBytes(plaintext.AsSpan(0, SaltAt)), new SecretBytes(plaintext.AsSpan(SaltAt..SecretAt)), new SecretBytes(plaintext.AsSpan(SecretAt..)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    private static byte[] Inner(LeapSecrets secrets)
    {
        using var inner = new MemoryStream();
        using (var json = new Utf8JsonWriter(inner))
        {
            json.WriteStartObject();
            json.WriteString("remote_secret", Convert.ToBase64String(secrets.RemoteSecret.Span) + "\n");
            json.WriteString("local_salt", Convert.ToBase64String(secrets.LocalSalt.Span) + "\n");
            json.WriteString("local_secret", Convert.ToBase64String(secrets.LocalSecret.Span) + "\n");
            json.WriteEndObject();
        }

        var plaintext = inner.ToArray();
        CryptographicOperations.ZeroMemory(inner.GetBuffer());
        return plaintext;
    }

    private static void CheckKdf(JsonElement entry)
    {
        if (entry.GetProperty("kdf").GetString() != "scrypt" || entry.GetProperty("kdf_length").GetInt32() != LeapCipher.KeyOctets)
        {
            throw Damaged("its key derivation is unknown");
        }
    }

    // White space around the base64 may be there or not; Convert skips it.
    private static byte[] Base64(JsonElement parent, string name)
        => Convert.FromBase64String(parent.GetProperty(name).GetString() ?? throw new FormatException());

    private static SecretBytes Secret(JsonElement parent, string name)
    {
        var bytes = Base64(parent, name);
        var secret = new SecretBytes(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return secret;
    }

    private static WrongPassphraseException WrongPassphrase() => new("The passphrase does not open the LEAP secrets.");

    private static SoledadException Damaged(string why, Exception? inner = null)
        => new(SoledadCodes.SecretsDamaged, $"The LEAP secrets can not be read: {why}.", inner: inner);
}
