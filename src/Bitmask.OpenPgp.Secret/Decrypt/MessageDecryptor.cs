using Bitmask.OpenPgp.Messages;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Passphrases;
using Bitmask.OpenPgp.Policy;
using Bitmask.OpenPgp.Secret.Decrypt;
using Bitmask.OpenPgp.Symmetric;

namespace Bitmask.OpenPgp.Secret;

/// <summary>Decrypts messages and checks the signatures inside.</summary>
public static class MessageDecryptor
{
    private const string Changed = "The message was changed on its way, or is not whole.";

    /// <summary>
    /// Tries all <paramref name="keys"/>, also for hidden recipients. Plaintext is handed on only when the modification detection
    /// code or the last tag proves it (RFC 9580 §5.13). Never throws on bytes from outside.
    /// </summary>
    public static DecryptionResult Decrypt(
        ReadOnlySpan<byte> message,
        IReadOnlyList<OpenPgpSecretKey> keys,
        IReadOnlyList<OpenPgpCertificate> signers,
        DateTimeOffset now,
        MessageLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(signers);
        using var octets = new MemoryStream(message.ToArray(), writable: false);
        using var spool = new PlaintextSpool();
        var options = new DecryptionOptions { Keys = keys, Signers = signers, Now = now, Limits = limits ?? MessageLimits.Default };
        return Decrypt(octets, spool, options) switch
        {
            MessageReading.Opened opened => new DecryptionResult.Opened(spool.ToArray(), opened.Signatures, opened.RecipientKeyIds, opened.Cipher),
            MessageReading.NoKey noKey => new DecryptionResult.NoKey(noKey.RecipientKeyIds),
            MessageReading.Damaged damaged => new DecryptionResult.Damaged(damaged.Reason),
            var other => throw new InvalidOperationException($"{other} was not expected."),
        };
    }

    /// <summary>
    /// Decrypts in constant memory. The plaintext waits in <paramref name="into"/> and can be read there only when all of it is proven; in every
    /// other case the spool is empty. Throws nothing on bytes from outside but what reading <paramref name="message"/> throws.
    /// </summary>
    /// <param name="message">The message, armored or binary; read once, to its end or as far as is needed.</param>
    /// <param name="into">Takes the plaintext; what it held before is wiped.</param>
    /// <param name="options">Keys, signers, limits.</param>
    public static MessageReading Decrypt(Stream message, PlaintextSpool into, DecryptionOptions options)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(into);
        ArgumentNullException.ThrowIfNull(options);
        into.Clear();
        MessageReading? reading = null;
        try
        {
            using var encrypted = EncryptedMessage.Read(Armor.Open(message), options.Limits);
            using var sessionKey = FindSessionKey(encrypted, options, out var isForUs);
            reading = sessionKey is not null ? Open(encrypted, sessionKey, into, options)
                : isForUs ? new MessageReading.Damaged(Changed)
                : new MessageReading.NoKey(encrypted.KeyIds, encrypted.Passphrases.Count > 0);
        }
        catch (OpenPgpFormatException e)
        {
            reading = new MessageReading.Damaged(e.Message);
        }
        finally
        {
            if (reading is MessageReading.Opened)
            {
                into.Complete();
            }
            else
            {
                into.Clear();
            }
        }

        return reading;
    }

    private static SessionKey? FindSessionKey(EncryptedMessage message, DecryptionOptions options, out bool isForUs)
    {
        isForUs = false;
        var hiddenAttempts = options.Limits.MaxHiddenAttempts;
        var parts = options.Keys.SelectMany(key => key.DecryptionParts()).ToList();
        foreach (var envelope in message.SessionKeys)
        {
            foreach (var part in parts)
            {
                if (envelope.Recipient is null ? hiddenAttempts-- <= 0 : !envelope.Names(part.Key))
                {
                    continue;
                }

                isForUs |= envelope.Recipient is not null;
                if (Fitting(message, SessionKeyOpener.TryOpen(envelope, part)) is { } key)
                {
                    return key;
                }
            }
        }

        return FindByPassphrase(message, options);
    }

    private static SessionKey? FindByPassphrase(EncryptedMessage message, DecryptionOptions options)
    {
        var budget = new StringToKeyBudget(maxKibiBytes: options.Limits.MaxPassphraseMebibytes * 1024L);
        foreach (var envelope in message.Passphrases.Take(options.Limits.MaxPassphrases))
        {
            foreach (var passphrase in options.Passphrases)
            {
                if (Fitting(message, envelope.TryOpen(passphrase.Span, budget)) is not { } key)
                {
                    continue;
                }

                if (message.BeginsRight(key))
                {
                    return key;
                }

                key.Dispose();
            }
        }

        return null;
    }

    private static SessionKey? Fitting(EncryptedMessage message, SessionKey? key)
    {
        if (key is null || message.Fits(key))
        {
            return key;
        }

        key.Dispose();
        return null;
    }

    private static MessageReading Open(EncryptedMessage message, SessionKey sessionKey, PlaintextSpool into, DecryptionOptions options)
    {
        var cipher = message.Cipher ?? sessionKey.Cipher!.Value;
        var isWeak = !CipherPolicy.MayRead(cipher, options.Now);
        if (isWeak && !options.AcceptWeakCiphers)
        {
            return new MessageReading.Damaged($"The message is encrypted with {Ciphers.Text(cipher)}, which is too weak to be trusted.");
        }

        using var stream = message.Open(sessionKey);
        using var content = new MessageContent(into, options.Limits);
        OpenPgpFormatException? fault = null;
        try
        {
            content.Read(stream);
        }
        catch (OpenPgpFormatException e)
        {
            // Said only when the data is proven: how changed data is malformed tells an attacker about it.
            fault = e;
        }

        return !stream.Verify() ? new MessageReading.Damaged(Changed)
            : fault is not null ? new MessageReading.Damaged(fault.Message)
            : new MessageReading.Opened
            {
                Signatures = content.Check(options.Signers, options.Now),
                RecipientKeyIds = message.KeyIds,
                Cipher = Ciphers.Text(cipher),
                Mode = message.IsAead ? message.Mode.ToString().ToUpperInvariant() : null,
                HasWeakCipher = isWeak,
                IsText = content.IsText,
            };
    }
}
