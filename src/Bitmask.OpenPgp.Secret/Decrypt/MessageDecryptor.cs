using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Secret.Decrypt;
using Bitmask.OpenPgp.Verify;

namespace Bitmask.OpenPgp.Secret;

/// <summary>Decrypts messages and checks the signatures inside.</summary>
public static class MessageDecryptor
{
    /// <summary>
    /// Tries all <paramref name="keys"/>, also for hidden recipients. Plaintext is handed on only when the modification detection
    /// code proves it (RFC 9580 §5.13.1). Never throws on bytes from outside.
    /// </summary>
    public static DecryptionResult Decrypt(
        ReadOnlySpan<byte> message,
        IReadOnlyList<OpenPgpSecretKey> keys,
        IReadOnlyList<OpenPgpCertificate> signers,
        DateTimeOffset now,
        DecryptionLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(signers);
        limits ??= DecryptionLimits.Default;
        try
        {
            return Open(EncryptedMessage.Read(Armor.Decode(message, out _), limits), keys, signers, now, limits);
        }
        catch (OpenPgpFormatException e)
        {
            return new DecryptionResult.Damaged(e.Message);
        }
    }

    private static DecryptionResult Open(
        EncryptedMessage message, IReadOnlyList<OpenPgpSecretKey> keys, IReadOnlyList<OpenPgpCertificate> signers, DateTimeOffset now, DecryptionLimits limits)
    {
        var isForUs = false;
        var hiddenAttempts = limits.MaxHiddenAttempts;
        foreach (var packet in message.SessionKeys)
        {
            var keyId = SessionKeyOpener.KeyId(packet.Span);
            var isHidden = keyId == SessionKeyOpener.HiddenKeyId;
            foreach (var key in keys.SelectMany(key => key.DecryptionParts()))
            {
                if (isHidden ? hiddenAttempts-- <= 0 : keyId != key.Key.KeyId)
                {
                    continue;
                }

                isForUs |= !isHidden;
                using var sessionKey = SessionKeyOpener.TryOpen(packet.Span, key);
                if (sessionKey is null)
                {
                    continue;
                }

                isForUs = true;
                if (IntegrityProtectedReader.TryOpen(message.CipherText.Span, sessionKey.Key.Span) is { } plain)
                {
                    return Read(plain, message, sessionKey.Cipher.ToString().ToUpperInvariant(), signers, now, limits);
                }
            }
        }

        return isForUs
            ? new DecryptionResult.Damaged("The message was changed on its way, or is not whole.")
            : new DecryptionResult.NoKey(message.KeyIds);
    }

    private static DecryptionResult.Opened Read(
        Memory<byte> plain, EncryptedMessage message, string cipher, IReadOnlyList<OpenPgpCertificate> signers, DateTimeOffset now, DecryptionLimits limits)
    {
        try
        {
            var content = new MessageContent(limits);
            content.Read(plain);
            var data = content.Data.ToArray();
            var signatures = content.Signatures.ConvertAll(signature => SignatureChecker.Check(signature.Span, data, signers, now));
            return new DecryptionResult.Opened(data, signatures, message.KeyIds, cipher);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(MemoryMarshal.TryGetArray<byte>(plain, out var array) ? array : plain.Span);
        }
    }
}
