using Bitmask.OpenPgp.Encrypt;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Symmetric;

namespace Bitmask.OpenPgp.Secret.Decrypt;

/// <summary>The outside of an encrypted message (RFC 9580 §10.3): session keys for its recipients, then the data, of which nothing was read yet.</summary>
internal sealed class EncryptedMessage : IDisposable
{
    private const int MaxSessionKeyOctets = 16 * 1024;

    private readonly PacketInput _input;
    private readonly PeekedStream _body;
    private readonly int _version;

    private EncryptedMessage(PacketInput input, List<SessionKeyEnvelope> sessionKeys, List<PassphraseEnvelope> passphrases)
    {
        _input = input;
        _version = input.Body.ReadByte();
        if (_version is not (MdcWriter.Version or AeadWriter.Version))
        {
            throw new OpenPgpFormatException("The message is encrypted in a way that is not supported.");
        }

        _body = new PeekedStream(input.Body);
        // Each version of the data has its own of these; others are somebody's attempt to have it read another way (RFC 9580 §10.3.2.1).
        (SessionKeys, Passphrases) = ([.. sessionKeys.Where(packet => packet.IsAead == IsAead)], [.. passphrases.Where(packet => packet.IsAead == IsAead)]);
        KeyIds = [.. SessionKeys.Select(packet => packet.KeyId)];
        if (IsAead)
        {
            Span<byte> head = stackalloc byte[3];
            Span<byte> salt = stackalloc byte[AeadChunks.SaltOctets];
            _body.ReadExactly(head);
            _body.ReadExactly(salt);
            (Cipher, Mode, ChunkSize, Salt) = ((Cipher)head[0], (AeadAlgorithm)head[1], head[2], salt.ToArray());
        }
    }

    public bool IsAead => _version == AeadWriter.Version;

    public IReadOnlyList<SessionKeyEnvelope> SessionKeys { get; }

    public IReadOnlyList<PassphraseEnvelope> Passphrases { get; }

    public IReadOnlyList<string> KeyIds { get; }

    /// <summary>The cipher where the data tells it, which is in version 2.</summary>
    public Cipher? Cipher { get; }

    public AeadAlgorithm Mode { get; }

    private int ChunkSize { get; }

    private byte[] Salt { get; } = [];

    public static EncryptedMessage Read(Stream octets, MessageLimits limits)
    {
        var (sessionKeys, passphrases) = (new List<SessionKeyEnvelope>(), new List<PassphraseEnvelope>());
        var input = new PacketInput(octets, limits.MaxRecipients + 16);
        while (input.TryReadHeader(out var tag))
        {
            switch (tag)
            {
                case PacketTag.PublicKeyEncryptedSessionKey:
                    AddKnown(sessionKeys, SessionKeyEnvelope.TryRead(input.ReadBody(MaxSessionKeyOctets)));
                    break;
                case PacketTag.SymmetricKeyEncryptedSessionKey:
                    AddKnown(passphrases, PassphraseEnvelope.TryRead(input.ReadBody(MaxSessionKeyOctets)));
                    break;
                case PacketTag.Marker or PacketTag.Padding or >= (PacketTag)40:
                    break;
                case PacketTag.IntegrityProtected:
                    try
                    {
                        return new EncryptedMessage(input, sessionKeys, passphrases);
                    }
                    catch (EndOfStreamException)
                    {
                        throw new OpenPgpFormatException("The data ends in the middle of a packet.");
                    }

                case PacketTag.SymmetricallyEncrypted:
                    throw new OpenPgpFormatException("The message has no protection against changes.");
                case PacketTag.AeadEncrypted:
                    throw new OpenPgpFormatException("The message is encrypted in a way that is not supported.");
                default:
                    throw new OpenPgpFormatException("The message is not encrypted.");
            }
        }

        throw new OpenPgpFormatException("The message is not encrypted, or not whole.");
    }

    /// <summary>Whether the session key can be one for this data at all.</summary>
    public bool Fits(SessionKey key)
        => IsAead
            ? AeadCipher.IsSupported(Cipher!.Value, Mode) && ChunkSize <= AeadChunks.MaxChunkSize && key.Key.Length == Ciphers.KeyOctets(Cipher.Value)
            : key.Cipher is not null;

    /// <summary>
    /// Whether the first octets repeat as they must. Only for passphrases, where nothing else tells a wrong one: whoever types one is no oracle
    /// (RFC 9580 §13.4).
    /// </summary>
    public bool BeginsRight(SessionKey key)
    {
        if (IsAead)
        {
            return true;
        }

        using var cipher = BlockCipher.Create(key.Cipher!.Value, key.Key.Span);
        using var cfb = new CfbDecryptor(cipher, new byte[cipher.BlockOctets]);
        var block = cipher.BlockOctets;
        Span<byte> prefix = stackalloc byte[block + 2];
        var head = _body.Peek();
        if (head.Length < prefix.Length)
        {
            return false;
        }

        cfb.Decrypt(head[..prefix.Length], prefix);
        return prefix[(block - 2)..block].SequenceEqual(prefix[block..]);
    }

    /// <summary>The data, decrypted while it is read.</summary>
    public ProtectedStream Open(SessionKey key)
        => IsAead
            ? new AeadReader(_body, new AeadChunks(Cipher!.Value, Mode, ChunkSize, Salt, key.Key.Span))
            : new MdcReader(_body, key.Cipher!.Value, key.Key.Span);

    public void Dispose()
    {
        _body.Dispose();
        _input.Dispose();
    }

    private static void AddKnown<T>(List<T> list, T? packet)
        where T : class
    {
        if (packet is not null)
        {
            list.Add(packet);
        }
    }
}
