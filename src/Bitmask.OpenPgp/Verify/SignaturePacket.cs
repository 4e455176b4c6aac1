using System.Buffers.Binary;
using System.Security.Cryptography;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Verify;

/// <summary>A signature packet of version 3, 4 or 6 (RFC 9580 §5.2).</summary>
internal sealed class SignaturePacket
{
    private readonly byte[] _hashedPart;
    private readonly ushort _left16;
    private readonly SignatureSubpackets _says;

    private SignaturePacket(byte[] body, byte[] hashedPart, ushort left16, SignatureSubpackets says)
    {
        Body = body;
        _hashedPart = hashedPart;
        _left16 = left16;
        _says = says;
    }

    public byte[] Body { get; }

    public int Version => Body[0];

    public SignatureType Type { get; private init; }

    public PublicKeyAlgorithm Algorithm { get; private init; }

    public HashId Hash { get; private init; }

    /// <summary>What version 6 hashes before everything else.</summary>
    public byte[] Salt { get; private init; } = [];

    /// <summary>The numbers of the signature: one for RSA and the native curves, two for the others.</summary>
    public byte[][] Numbers { get; private set; } = [];

    /// <summary>Everything that it says in subpackets.</summary>
    public SignatureSubpackets Says => _says;

    public DateTimeOffset? Created => _says.Created;

    public TimeSpan? Validity => _says.Validity;

    public TimeSpan? KeyValidity => _says.KeyValidity;

    public KeyFlags? Flags => _says.Flags;

    public bool IsPrimaryUserId => _says.IsPrimaryUserId;

    public byte? RevocationReason => _says.RevocationReason;

    public Fingerprint? Issuer => _says.Issuer;

    public string? IssuerKeyId => _says.IssuerKeyId;

    public bool HasUnknownCritical => _says.HasUnknownCritical;

    /// <summary>Revocations that do not say the key is merely out of use count for all time (RFC 9580 §5.2.3.31).</summary>
    public bool IsHardRevocation => RevocationReason is not (1 or 3 or 32);

    public bool IsCertification => Type is >= SignatureType.GenericCertification and <= SignatureType.PositiveCertification;

    /// <summary>Null where the version is not known, or the octets make no sense.</summary>
    public static SignaturePacket? TryParse(ReadOnlySpan<byte> body)
    {
        try
        {
            return body switch
            {
                [3, ..] => ParseVersion3(body),
                [4 or 6, ..] => Parse(body),
                _ => null,
            };
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

    /// <summary>Whether both are one signature, whatever stands in the area that it does not cover.</summary>
    public bool IsSameAs(SignaturePacket other)
        => _left16 == other._left16 && _hashedPart.AsSpan().SequenceEqual(other._hashedPart) && Salt.AsSpan().SequenceEqual(other.Salt)
            && Numbers.Length == other.Numbers.Length && Numbers.Zip(other.Numbers).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));

    /// <summary>The subpackets that it covers, each as it stands there, header included.</summary>
    public List<(SubpacketType Type, byte[] Octets)> HashedSubpackets()
        => Version == 3 ? [] : SignatureSubpackets.Split(_hashedPart.AsSpan(Version == 6 ? 8 : 6));

    /// <summary>
    /// Checks the numbers over parts of keys, which are hashed before the signature's own fields. Version 3 counts for data only: it says
    /// nothing about the key, and nobody has bound keys with it for a quarter of a century.
    /// </summary>
    public bool Verify(PublicKeyPacket key, params ReadOnlySpan<ReadOnlyMemory<byte>> content)
    {
        if (Version < 4 || !MayVerify(key) || Algorithms.Name(Hash) is not { } hashName)
        {
            return false;
        }

        using var hash = IncrementalHash.CreateHash(hashName);
        hash.AppendData(Salt);
        foreach (var piece in content)
        {
            hash.AppendData(piece.Span);
        }

        return VerifyDigest(key, FinishHash(hash));
    }

    /// <summary>Announces what it needs to be checked over data; before the data passes.</summary>
    public void AnnounceTo(DataHashes hashes) => hashes.Announce(Hash, Type, Salt);

    /// <summary>The digest over the data that passed; null when none was announced for such a signature.</summary>
    public byte[]? DigestOf(DataHashes hashes)
    {
        using var hash = hashes.Find(Hash, Type, Salt);
        return hash is null ? null : FinishHash(hash);
    }

    // Version 3 covers type and time only.
    private byte[] FinishHash(IncrementalHash hash)
    {
        if (Version > 3)
        {
            return FinishHash(hash, _hashedPart);
        }

        hash.AppendData(_hashedPart);
        return hash.GetHashAndReset();
    }

    /// <summary>
    /// Ends a hash with the fields that a signature of version 4 or 6 covers, everything from its version to its hashed subpackets
    /// (RFC 9580 §5.2.4).
    /// </summary>
    public static byte[] FinishHash(IncrementalHash hash, ReadOnlySpan<byte> hashedPart)
    {
        hash.AppendData(hashedPart);
        Span<byte> trailer = [hashedPart[0], 0xFF, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(trailer[2..], (uint)hashedPart.Length);
        hash.AppendData(trailer);
        return hash.GetHashAndReset();
    }

    /// <summary>Checks the numbers over a finished hash, such as <see cref="DigestOf"/> gives.</summary>
    public bool VerifyDigest(PublicKeyPacket key, byte[] digest)
        => MayVerify(key) && BinaryPrimitives.ReadUInt16BigEndian(digest) == _left16 && DigestVerifier.Verify(key, Hash, digest, Numbers);

    // Versions go together (RFC 9580 §5.2.5), and the curves want digests as long as themselves (§5.2.3.3 to §5.2.3.5).
    private bool MayVerify(PublicKeyPacket key)
        => Algorithm == key.Algorithm && key.CanVerify && !HasUnknownCritical && Created is not null && (Version == 6) == (key.Version == 6)
            && key.Algorithm switch
            {
                PublicKeyAlgorithm.EdDsaLegacy or PublicKeyAlgorithm.Ed25519 => Hash is not HashId.Sha1,
                PublicKeyAlgorithm.Ed448 => Hash is HashId.Sha512 or HashId.Sha3_512,
                _ => true,
            };

    private static SignaturePacket Parse(ReadOnlySpan<byte> body)
    {
        var version = body[0];
        var reader = new OctetReader(body[1..]);
        var (type, algorithm, hash) = (reader.Octet(), reader.Octet(), (HashId)reader.Octet());
        var says = new SignatureSubpackets(version);
        says.ReadHashed(Area(ref reader, version));
        var hashedPart = body[..(1 + reader.Position)].ToArray();
        says.ReadUnhashed(Area(ref reader, version));
        var left16 = reader.UInt16();
        var salt = version == 6 ? reader.Take(reader.Octet()) : [];
        if (version == 6 && salt.Length != Algorithms.SaltOctets(hash))
        {
            throw new OpenPgpFormatException("The salt of a signature does not fit its hash.");
        }

        var signature = new SignaturePacket(body.ToArray(), hashedPart, left16, says)
        {
            Type = (SignatureType)type,
            Algorithm = (PublicKeyAlgorithm)algorithm,
            Hash = hash,
            Salt = salt.ToArray(),
        };
        signature.ReadNumbers(ref reader);
        return signature;
    }

    private static ReadOnlySpan<byte> Area(ref OctetReader reader, int version)
        => reader.Take(version == 6 ? (int)Math.Min(reader.UInt32(), int.MaxValue) : reader.UInt16());

    private static SignaturePacket ParseVersion3(ReadOnlySpan<byte> body)
    {
        var reader = new OctetReader(body[1..]);
        if (reader.Octet() != 5)
        {
            throw new OpenPgpFormatException("A signature of version 3 covers other fields than it may.");
        }

        var (type, created) = (reader.Octet(), reader.Time());
        var says = new SignatureSubpackets(3) { Created = created, IssuerKeyId = Convert.ToHexString(reader.Take(8)) };
        var (algorithm, hash) = (reader.Octet(), reader.Octet());
        var signature = new SignaturePacket(body.ToArray(), body.Slice(2, 5).ToArray(), reader.UInt16(), says)
        {
            Type = (SignatureType)type,
            Algorithm = (PublicKeyAlgorithm)algorithm,
            Hash = (HashId)hash,
        };
        signature.ReadNumbers(ref reader);
        return signature;
    }

    private void ReadNumbers(ref OctetReader reader)
    {
        if (Algorithms.Native(Algorithm) is { Signature: > 0 and var octets })
        {
            Numbers = [reader.Take(octets).ToArray()];
            return;
        }

        var count = Algorithm switch
        {
            PublicKeyAlgorithm.RsaEncryptOrSign or PublicKeyAlgorithm.RsaSignOnly => 1,
            PublicKeyAlgorithm.EdDsaLegacy or PublicKeyAlgorithm.Ecdsa or PublicKeyAlgorithm.Dsa => 2,
            _ => 0,
        };
        Numbers = new byte[count][];
        for (var i = 0; i < count; i++)
        {
            Numbers[i] = reader.Mpi().ToArray();
        }
    }
}
