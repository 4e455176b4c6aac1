using System.Security.Cryptography;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Symmetric;

namespace Bitmask.OpenPgp.Encrypt;

/// <summary>An encrypted message while it is written: armor, session keys for everybody, then whatever packets are given, encrypted.</summary>
internal sealed class MessageWriter : WriteStream
{
    private const int SessionKeyOctets = 32;

    private readonly ArmorWriter? _armor;
    private readonly WriteStream _protected;
    private readonly bool _pads;
    private long _count;

    public MessageWriter(Stream output, EncryptionOptions options)
    {
        var named = Recipients.KeysOf(options.Recipients, options.Now);
        var hidden = Recipients.KeysOf(options.HiddenRecipients, options.Now);
        if (named.Count + hidden.Count + options.Passphrases.Count == 0)
        {
            throw new ArgumentException("There is nobody to encrypt to.", nameof(options));
        }

        var mode = Mode(options);
        _pads = options.Pad && mode is not null;
        _armor = options.Armor ? new ArmorWriter(output, Packets.Armor.Message, hasChecksum: mode is null) : null;
        var below = _armor ?? output;
        Span<byte> sessionKey = stackalloc byte[SessionKeyOctets];
        RandomNumberGenerator.Fill(sessionKey);
        try
        {
            using var keys = new OctetWriter(512);
            foreach (var key in named.Concat(hidden))
            {
                SessionKeyPacket.Write(keys, key, mode is null ? Cipher.Aes256 : null, sessionKey, isHidden: !named.Contains(key));
            }

            foreach (var passphrase in options.Passphrases)
            {
                PassphrasePacket.Write(keys, passphrase.Span, options.UseArgon2 ?? mode is not null, mode, sessionKey);
            }

            below.Write(keys.Written);
            _protected = mode is { } aead ? new AeadWriter(below, Cipher.Aes256, aead, sessionKey) : new MdcWriter(below, Cipher.Aes256, sessionKey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(sessionKey);
        }
    }

    /// <summary>An upper bound of what a message becomes, for who collects it in one array.</summary>
    public static int MaxLength(long plainOctets, EncryptionOptions options)
    {
        var packets = plainOctets + (plainOctets / 1024) + 1024 + (600L * (options.Passphrases.Count + (4 * (options.Recipients.Count + options.HiddenRecipients.Count))));
        return checked((int)(options.Armor ? ArmorWriter.MaxLength(Packets.Armor.Message, packets) : packets));
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _count += buffer.Length;
        _protected.Write(buffer);
    }

    public override void Complete()
    {
        if (_pads)
        {
            Pad();
        }

        _protected.Complete();
        _armor?.Complete();
    }

    protected override void Dispose(bool disposing)
    {
        _protected.Dispose();
        _armor?.Dispose();
        base.Dispose(disposing);
    }

    private static AeadAlgorithm? Mode(EncryptionOptions options) => options.Protection switch
    {
        MessageProtection.Mdc => null,
        MessageProtection.Gcm => AeadAlgorithm.Gcm,
        MessageProtection.Eax => AeadAlgorithm.Eax,
        MessageProtection.Ocb => AeadAlgorithm.Ocb,
        _ => options.Recipients.Concat(options.HiddenRecipients).All(certificate => Recipients.ReadAead(certificate, options.Now)) ? AeadAlgorithm.Ocb : null,
    };

    // Lengths keep only as many leading bits as their exponent has digits (the Padmé rule), so that few lengths are possible.
    private void Pad()
    {
        var exponent = 63 - long.LeadingZeroCount(Math.Max(_count, 2));
        var mask = (1L << (int)(exponent - (64 - long.LeadingZeroCount(exponent)))) - 1;
        var missing = (int)(((_count + mask) & ~mask) - _count);
        using var header = new OctetWriter(8);
        _protected.Write(header.Header(PacketTag.Padding, missing).Written);
        var noise = new byte[Math.Min(missing, 64 * 1024)];
        for (var left = missing; left > 0; left -= noise.Length)
        {
            RandomNumberGenerator.Fill(noise);
            _protected.Write(noise.AsSpan(0, Math.Min(left, noise.Length)));
        }
    }
}
