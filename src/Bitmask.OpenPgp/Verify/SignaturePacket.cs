using System.Buffers.Binary;
using System.Security.Cryptography;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Verify;

/// <summary>A version 4 signature packet (RFC 9580 §5.2.3). Subpackets count only where the signature covers them, issuer hints aside.</summary>
internal sealed class SignaturePacket
{
    private readonly byte[] _hashedPart;
    private readonly ushort _left16;

    private SignaturePacket(byte[] body, byte[] hashedPart, ushort left16)
    {
        Body = body;
        _hashedPart = hashedPart;
        _left16 = left16;
    }

    public byte[] Body { get; }

    public SignatureType Type { get; private init; }

    public PublicKeyAlgorithm Algorithm { get; private init; }

    public HashId Hash { get; private init; }

    /// <summary>The numbers of the signature: one for RSA, two for the others.</summary>
    public byte[][] Numbers { get; private set; } = [];

    public DateTimeOffset? Created { get; private set; }

    public TimeSpan? Validity { get; private set; }

    public TimeSpan? KeyValidity { get; private set; }

    public KeyFlags? Flags { get; private set; }

    public bool IsPrimaryUserId { get; private set; }

    public byte? RevocationReason { get; private set; }

    public Fingerprint? Issuer { get; private set; }

    public string? IssuerKeyId { get; private set; }

    /// <summary>The body of a signature inside this one: a signing subkey's word for its primary key.</summary>
    public byte[]? Embedded { get; private set; }

    /// <summary>Whether it holds a part that must be understood and is not; then it means nothing.</summary>
    public bool HasUnknownCritical { get; private set; }

    /// <summary>Revocations that do not say the key is merely out of use count for all time (RFC 9580 §5.2.3.31).</summary>
    public bool IsHardRevocation => RevocationReason is not (1 or 3 or 32);

    /// <summary>Null where the version is not 4, or the octets make no sense.</summary>
    public static SignaturePacket? TryParse(ReadOnlySpan<byte> body)
    {
        try
        {
            return body is [4, ..] ? Parse(body) : null;
        }
        catch (OpenPgpFormatException)
        {
            return null;
        }
    }

    /// <summary>Whether it says it was made by this key, or does not say.</summary>
    public bool MayBeFrom(PublicKeyPacket key)
        => (Issuer is null || Issuer == key.Fingerprint) && (IssuerKeyId is null || IssuerKeyId == key.KeyId);

    public bool IsExpiredAt(DateTimeOffset time) => Validity is { } validity && Created + validity <= time;

    /// <summary>Checks the numbers over <paramref name="content"/>, which is hashed before the signature's own fields.</summary>
    public bool Verify(PublicKeyPacket key, params ReadOnlySpan<ReadOnlyMemory<byte>> content)
    {
        if (Algorithm != key.Algorithm || !key.CanVerify || HasUnknownCritical || Created is null || Algorithms.Name(Hash) is not { } hashName)
        {
            return false;
        }

        using var hash = IncrementalHash.CreateHash(hashName);
        foreach (var piece in content)
        {
            hash.AppendData(piece.Span);
        }

        return VerifyDigest(key, FinishHash(hash));
    }

    /// <summary>Announces what it needs to be checked over data; before the data passes.</summary>
    public void AnnounceTo(DataHashes hashes) => hashes.Announce(Hash, Type, []);

    /// <summary>The digest over the data that passed; null when none was announced for such a signature.</summary>
    public byte[]? DigestOf(DataHashes hashes)
    {
        using var hash = hashes.Find(Hash, Type, []);
        return hash is null ? null : FinishHash(hash);
    }

    /// <summary>Checks the numbers over a digest made by <see cref="DigestOf"/>.</summary>
    public bool VerifyData(PublicKeyPacket key, byte[] digest) => Algorithm == key.Algorithm && key.CanVerify && VerifyDigest(key, digest);

    /// <summary>Ends the hash with the fields that the signature covers (RFC 9580 §5.2.4).</summary>
    public static byte[] FinishHash(IncrementalHash hash, ReadOnlySpan<byte> hashedPart)
    {
        hash.AppendData(hashedPart);
        Span<byte> trailer = [4, 0xFF, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(trailer[2..], (uint)hashedPart.Length);
        hash.AppendData(trailer);
        return hash.GetHashAndReset();
    }

    private byte[] FinishHash(IncrementalHash hash) => FinishHash(hash, _hashedPart);

    private bool VerifyDigest(PublicKeyPacket key, byte[] digest)
        => BinaryPrimitives.ReadUInt16BigEndian(digest) == _left16 && DigestVerifier.Verify(key, Hash, digest, Numbers);

    private static SignaturePacket Parse(ReadOnlySpan<byte> body)
    {
        var reader = new OctetReader(body[1..]);
        var (type, algorithm, hash) = (reader.Octet(), reader.Octet(), reader.Octet());
        var hashed = reader.Take(reader.UInt16());
        var hashedPart = body[..(1 + reader.Position)].ToArray();
        var unhashed = reader.Take(reader.UInt16());
        var signature = new SignaturePacket(body.ToArray(), hashedPart, reader.UInt16())
        {
            Type = (SignatureType)type,
            Algorithm = (PublicKeyAlgorithm)algorithm,
            Hash = (HashId)hash,
        };
        signature.ReadHashed(hashed);
        signature.ReadUnhashed(unhashed);
        signature.ReadNumbers(ref reader);
        return signature;
    }

    private void ReadNumbers(ref OctetReader reader)
    {
        var count = Algorithm switch
        {
            PublicKeyAlgorithm.RsaEncryptOrSign or PublicKeyAlgorithm.RsaSignOnly => 1,
            PublicKeyAlgorithm.EdDsaLegacy or PublicKeyAlgorithm.Ecdsa => 2,
            _ => 0,
        };
        Numbers = new byte[count][];
        for (var i = 0; i < count; i++)
        {
            Numbers[i] = reader.Mpi().ToArray();
        }
    }

    private void ReadHashed(ReadOnlySpan<byte> area)
    {
        var reader = new OctetReader(area);
        while (reader.Remaining > 0)
        {
            var body = Subpacket(ref reader, out var type, out var isCritical);
            switch (type)
            {
                case SubpacketType.SignatureCreationTime:
                    Created = body.Time();
                    break;
                case SubpacketType.SignatureExpirationTime:
                    Validity = Seconds(body.UInt32());
                    break;
                case SubpacketType.KeyExpirationTime:
                    KeyValidity = Seconds(body.UInt32());
                    break;
                case SubpacketType.KeyFlags:
                    Flags = body.Remaining > 0 ? (KeyFlags)body.Octet() : KeyFlags.None;
                    break;
                case SubpacketType.PrimaryUserId:
                    IsPrimaryUserId = body.Octet() != 0;
                    break;
                case SubpacketType.ReasonForRevocation:
                    RevocationReason = body.Octet();
                    break;
                case SubpacketType.PreferredCiphers or SubpacketType.PreferredHashes or SubpacketType.PreferredCompression
                    or SubpacketType.KeyServerPreferences or SubpacketType.Features:
                    break;
                default:
                    HasUnknownCritical |= !ReadHint(type, ref body) && isCritical;
                    break;
            }
        }
    }

    // Not covered by the signature, so only what proves itself: who to ask, and a signature of its own.
    private void ReadUnhashed(ReadOnlySpan<byte> area)
    {
        var reader = new OctetReader(area);
        while (reader.Remaining > 0)
        {
            var body = Subpacket(ref reader, out var type, out _);
            ReadHint(type, ref body);
        }
    }

    private bool ReadHint(SubpacketType type, ref OctetReader body)
    {
        switch (type)
        {
            case SubpacketType.IssuerKeyId:
                IssuerKeyId ??= Convert.ToHexString(body.Take(8));
                return true;
            case SubpacketType.IssuerFingerprint:
                if (body.Octet() == 4)
                {
                    Issuer ??= new Fingerprint(Convert.ToHexString(body.Take(20)));
                }

                return true;
            case SubpacketType.EmbeddedSignature:
                Embedded ??= body.Rest.ToArray();
                return true;
            default:
                return false;
        }
    }

    private static OctetReader Subpacket(ref OctetReader reader, out SubpacketType type, out bool isCritical)
    {
        int length = reader.Octet();
        length = length switch
        {
            < 192 => length,
            < 255 => ((length - 192) << 8) + reader.Octet() + 192,
            _ => (int)Math.Min(reader.UInt32(), int.MaxValue),
        };
        var body = new OctetReader(reader.Take(length));
        var first = body.Octet();
        type = (SubpacketType)(first & 0x7F);
        isCritical = (first & 0x80) != 0;
        return body;
    }

    private static TimeSpan? Seconds(uint seconds) => seconds == 0 ? null : TimeSpan.FromSeconds(seconds);
}
