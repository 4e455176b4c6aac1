using System.Security.Cryptography;
using System.Text;
using Bitmask.OpenPgp.Encrypt;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Secret.Keys;
using Bitmask.OpenPgp.Secret.Sign;
using Bitmask.OpenPgp.Symmetric;
using Bitmask.OpenPgp.Verify;

namespace Bitmask.OpenPgp.Secret;

/// <summary>Signs, and signs while encrypting; always SHA-512.</summary>
public static class MessageSigner
{
    private const int RunOctets = 64 * 1024;

    /// <summary>Most recipients that a signature names; of more it names none, for readers bound the size of a signature.</summary>
    private const int MaxNamed = 100;

    /// <summary>Signs <paramref name="data"/> and encrypts both as <see cref="MessageEncryptor"/> does.</summary>
    /// <exception cref="UnusableKeyException">A recipient has no key to encrypt to, or the signer none to sign with.</exception>
    public static byte[] EncryptAndSign(
        ReadOnlySpan<byte> data, IReadOnlyList<OpenPgpCertificate> recipients, OpenPgpSecretKey signer, DateTimeOffset now, bool armor = true)
    {
        ArgumentNullException.ThrowIfNull(recipients);
        using var source = new MemoryStream(data.ToArray(), writable: false);
        var options = new EncryptionOptions { Recipients = recipients, Now = now, Armor = armor };
        using var message = new OctetSink(MessageWriter.MaxLength(data.Length, options));
        EncryptAndSign(source, message, signer, options);
        return message.ToArray();
    }

    /// <summary>
    /// Signs what <paramref name="data"/> holds and encrypts both into <paramref name="message"/>, in constant memory. A message that an
    /// exception broke off opens for nobody. The signature names whom the message is for (RFC 9580 §5.2.3.36), so that none of them can pass it
    /// on as if it were written to another;
    /// not when there are readers whom it can not name.
    /// </summary>
    /// <exception cref="UnusableKeyException">A recipient has no key to encrypt to, or the signer none to sign with; nothing is written.</exception>
    /// <exception cref="ArgumentException">Neither a certificate nor a passphrase.</exception>
    public static void EncryptAndSign(Stream data, Stream message, OpenPgpSecretKey signer, EncryptionOptions options)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(signer);
        ArgumentNullException.ThrowIfNull(options);
        var key = signer.SigningPart(options.Now);
        using var writer = new MessageWriter(message, options);
        // A passphrase, or a hidden recipient, stands for readers who can not be named.
        var named = options.HiddenRecipients.Count == 0 && options.Passphrases.Count == 0 && options.Recipients.Count <= MaxNamed ? options.Recipients : [];
        WriteSigned(writer, data, key, options.Now, named);
        writer.Complete();
    }

    /// <summary>Signs what <paramref name="data"/> holds into a message that everybody can read (RFC 9580 §10.3), in constant memory.</summary>
    /// <exception cref="UnusableKeyException">The signer has no key to sign with.</exception>
    public static void Sign(Stream data, Stream message, OpenPgpSecretKey signer, DateTimeOffset now, bool armor = true)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(signer);
        var key = signer.SigningPart(now);
        using var writer = armor ? new ArmorWriter(message, Armor.Message, hasChecksum: key.Key.Version < 6) : null;
        WriteSigned(writer ?? message, data, key, now, []);
        writer?.Complete();
    }

    /// <summary>An armored detached signature over exactly <paramref name="data"/>; the name for the <c>micalg</c> parameter is <c>pgp-sha512</c>.</summary>
    /// <exception cref="UnusableKeyException">The signer has no key to sign with.</exception>
    public static string SignDetached(ReadOnlySpan<byte> data, OpenPgpSecretKey signer, DateTimeOffset now)
    {
        using var source = new MemoryStream(data.ToArray(), writable: false);
        return SignDetached(source, signer, now);
    }

    /// <summary>The same for what <paramref name="data"/> holds, in constant memory.</summary>
    /// <exception cref="UnusableKeyException">The signer has no key to sign with.</exception>
    public static string SignDetached(Stream data, OpenPgpSecretKey signer, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(signer);
        var builder = new SignatureBuilder(SignatureType.Binary, signer.SigningPart(now), now);
        using var hash = new HashWorker(HashAlgorithmName.SHA512);
        hash.Append(builder.Salt);
        var run = new byte[RunOctets];
        while (data.ReadAtLeast(run, run.Length, throwOnEndOfStream: false) is > 0 and var count)
        {
            hash.Append(run.AsSpan(0, count));
        }

        using var signed = hash.Clone();
        return ArmoredSignature(builder.SignHashed(signed));
    }

    /// <summary>
    /// A text that stays readable, with its signature below (RFC 9580 §7). White space at the ends of lines is not signed, and not written.
    /// </summary>
    /// <exception cref="UnusableKeyException">The signer has no key to sign with.</exception>
    public static string SignCleartext(string text, OpenPgpSecretKey signer, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(signer);
        var builder = new SignatureBuilder(SignatureType.Text, signer.SigningPart(now), now);
        using var hash = builder.BeginHash();
        var message = new StringBuilder("-----BEGIN PGP SIGNED MESSAGE-----\n");
        // Only old programs look for the name of the hash (RFC 9580 §6.2.2.3).
        message.Append(builder.Salt.Length == 0 ? "Hash: SHA512\n\n" : "\n");
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd(' ', '\t', '\r');
            hash.AppendData(Encoding.UTF8.GetBytes(i == 0 ? line : "\r\n" + line));
            var isEscaped = line.StartsWith('-') || line.StartsWith("From ", StringComparison.Ordinal);
            message.Append(isEscaped ? "- " : "").Append(line).Append('\n');
        }

        return message.Append(ArmoredSignature(builder.SignHashed(hash))).ToString();
    }

    // Which key signed stands before the data, so that a reader can hash while it reads (RFC 9580 §5.4).
    private static void WriteSigned(Stream packets, Stream data, SecretKeyPart key, DateTimeOffset now, IReadOnlyList<OpenPgpCertificate> named)
    {
        var builder = new SignatureBuilder(SignatureType.Binary, key, now);
        foreach (var recipient in named)
        {
            builder.WithRecipient(recipient.Fingerprint);
        }

        using var before = new OctetWriter();
        builder.WriteOnePass(before);
        packets.Write(before.Written);
        using var hash = new HashWorker(HashAlgorithmName.SHA512);
        hash.Append(builder.Salt);
        MessageEncryptor.WriteLiteral(packets, data, run => hash.Append(run.Span));
        using var signed = hash.Clone();
        using var after = new OctetWriter();
        packets.Write(after.Packet(PacketTag.Signature, builder.SignHashed(signed)).Written);
    }

    private static string ArmoredSignature(byte[] body)
    {
        using var packet = new OctetWriter();
        packet.Packet(PacketTag.Signature, body);
        return Encoding.ASCII.GetString(Armor.Encode(Armor.Signature, packet.Written, hasChecksum: body[0] < 6));
    }
}
