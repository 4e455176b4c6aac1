using Bitmask.OpenPgp.Encrypt;
using Bitmask.OpenPgp.Packets;

namespace Bitmask.OpenPgp;

/// <summary>Encrypts without signing: what a provider does at arrival.</summary>
public static class MessageEncryptor
{
    private const int RunOctets = 64 * 1024;

    /// <summary>
    /// Encrypts to every valid encryption key of every certificate: AES-256, integrity protected (RFC 9580 §5.13.1), not compressed.
    /// </summary>
    /// <exception cref="UnusableKeyException">A certificate has no key to encrypt to at that time; nothing is encrypted to the others either.</exception>
    /// <exception cref="ArgumentException">No certificate at all.</exception>
    public static byte[] Encrypt(ReadOnlySpan<byte> data, IReadOnlyList<OpenPgpCertificate> to, DateTimeOffset now, bool armor = true)
        => Encrypt(data, new EncryptionOptions { Recipients = to, Now = now, Armor = armor });

    /// <summary>Encrypts what is in memory.</summary>
    /// <exception cref="UnusableKeyException">A certificate has no key to encrypt to at that time; nothing is encrypted to the others either.</exception>
    /// <exception cref="ArgumentException">Neither a certificate nor a passphrase.</exception>
    public static byte[] Encrypt(ReadOnlySpan<byte> data, EncryptionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var before = new OctetWriter();
        WriteLiteralHeader(before, data.Length);
        return Encrypt(before.Written, data, [], options);
    }

    /// <summary>
    /// Encrypts what <paramref name="data"/> holds into <paramref name="message"/>, in constant memory. A message that an exception broke off
    /// opens for nobody.
    /// </summary>
    /// <exception cref="UnusableKeyException">A certificate has no key to encrypt to at that time; nothing is written.</exception>
    /// <exception cref="ArgumentException">Neither a certificate nor a passphrase.</exception>
    public static void Encrypt(Stream data, Stream message, EncryptionOptions options)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(options);
        using var writer = new MessageWriter(message, options);
        WriteLiteral(writer, data, null);
        writer.Complete();
    }

    /// <summary>Writes all of a literal data packet that stands before its data (RFC 9580 §5.9): binary, no name, no date.</summary>
    internal static void WriteLiteralHeader(OctetWriter writer, int dataOctets)
        => writer.Header(PacketTag.Literal, checked(6 + dataOctets)).Octet('b').Octet(0).UInt32(0);

    /// <summary>Writes a literal data packet of unknown length; <paramref name="pass"/> sees its data.</summary>
    internal static void WriteLiteral(Stream packets, Stream data, Action<ReadOnlyMemory<byte>>? pass)
    {
        using var literal = new PacketBodyWriter(packets, PacketTag.Literal);
        literal.Write([(byte)'b', 0, 0, 0, 0, 0]);
        using var run = new PooledOctets(RunOctets);
        while (data.ReadAtLeast(run.Span, RunOctets, throwOnEndOfStream: false) is > 0 and var count)
        {
            pass?.Invoke(run.Memory[..count]);
            literal.Write(run.Span[..count]);
        }

        literal.Complete();
    }

    /// <summary>Encrypts whole packets, given in three pieces.</summary>
    internal static byte[] Encrypt(
        ReadOnlySpan<byte> before, ReadOnlySpan<byte> data, ReadOnlySpan<byte> after, IReadOnlyList<OpenPgpCertificate> to, DateTimeOffset now, bool armor)
        => Encrypt(before, data, after, new EncryptionOptions { Recipients = to, Now = now, Armor = armor });

    /// <summary>Encrypts whole packets, given in three pieces.</summary>
    internal static byte[] Encrypt(ReadOnlySpan<byte> before, ReadOnlySpan<byte> data, ReadOnlySpan<byte> after, EncryptionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options.Recipients);
        using var message = new OctetSink(MessageWriter.MaxLength((long)before.Length + data.Length + after.Length, options));
        using var writer = new MessageWriter(message, options);
        writer.Write(before);
        writer.Write(data);
        writer.Write(after);
        writer.Complete();
        return message.ToArray();
    }
}
