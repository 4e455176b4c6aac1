using System.Buffers.Binary;
using System.Security.Cryptography;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Symmetric;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Keys;

/// <summary>A public key or subkey packet (RFC 9580 §5.5.2) of version 3, 4 or 6.</summary>
internal sealed class PublicKeyPacket
{
    private readonly PublicKeyNumbers? _numbers;

    private PublicKeyPacket(byte[] body, DateTimeOffset created, PublicKeyAlgorithm algorithm, PublicKeyNumbers? numbers)
    {
        Body = body;
        Version = body[0];
        Created = created;
        Algorithm = algorithm;
        _numbers = numbers;
        HashPrefix = MakeHashPrefix(body);
        (Fingerprint, KeyId) = MakeNames();
    }

    /// <summary>The packet body, public part only.</summary>
    public byte[] Body { get; }

    public int Version { get; }

    /// <summary>What signatures over keys hash (RFC 9580 §5.2.4).</summary>
    public byte[] HashPrefix { get; }

    public DateTimeOffset Created { get; }

    public PublicKeyAlgorithm Algorithm { get; }

    public Fingerprint Fingerprint { get; }

    public string KeyId { get; }

    public int Bits => _numbers?.Bits ?? 0;

    public byte[] Modulus => _numbers?.Modulus ?? [];

    public byte[] Exponent => _numbers?.Exponent ?? [];

    public EllipticCurve? Curve => _numbers?.Curve;

    /// <inheritdoc cref="PublicKeyNumbers.Point"/>
    public byte[] Point => _numbers?.Point ?? [];

    public HashId KdfHash => _numbers?.KdfHash ?? 0;

    public Cipher KdfCipher => _numbers?.KdfCipher ?? 0;

    /// <summary>What is wrong with the key itself, whoever signed for it.</summary>
    public KeyFault Fault => _numbers?.Fault ?? KeyFault.UnknownAlgorithm;

    /// <summary>Whether its numbers were understood and are strong enough.</summary>
    public bool IsUsable => Fault == KeyFault.None;

    public bool CanVerify => IsUsable && Algorithm is PublicKeyAlgorithm.RsaEncryptOrSign or PublicKeyAlgorithm.RsaSignOnly or PublicKeyAlgorithm.Ecdsa
        or PublicKeyAlgorithm.EdDsaLegacy or PublicKeyAlgorithm.Ed25519 or PublicKeyAlgorithm.Ed448;

    public bool CanEncrypt => IsUsable && Algorithm is PublicKeyAlgorithm.RsaEncryptOrSign or PublicKeyAlgorithm.RsaEncryptOnly or PublicKeyAlgorithm.Ecdh
        or PublicKeyAlgorithm.X25519 or PublicKeyAlgorithm.X448;

    public string AlgorithmText => Algorithm switch
    {
        PublicKeyAlgorithm.RsaEncryptOrSign or PublicKeyAlgorithm.RsaEncryptOnly or PublicKeyAlgorithm.RsaSignOnly => "RSA",
        PublicKeyAlgorithm.Ecdh => "ECDH " + Curve?.Name,
        PublicKeyAlgorithm.Ecdsa => "ECDSA " + Curve?.Name,
        PublicKeyAlgorithm.EdDsaLegacy => "EdDSA " + Curve?.Name,
        PublicKeyAlgorithm.ElGamal or PublicKeyAlgorithm.ElGamalEncryptOrSign => "ElGamal",
        PublicKeyAlgorithm.Dsa => "DSA",
        PublicKeyAlgorithm.X25519 or PublicKeyAlgorithm.X448 or PublicKeyAlgorithm.Ed25519 or PublicKeyAlgorithm.Ed448 => Algorithm.ToString(),
        _ => "algorithm " + (int)Algorithm,
    };

    /// <summary>
    /// Reads a key; <paramref name="publicOctets"/> tells where the secret part would begin. A key of an unknown algorithm is
    /// kept, not usable; one of an unknown version is refused.
    /// </summary>
    public static PublicKeyPacket Parse(ReadOnlySpan<byte> body, out int publicOctets)
    {
        var reader = new OctetReader(body);
        var version = reader.Octet();
        if (version is not (2 or 3 or 4 or 6))
        {
            throw new OpenPgpFormatException($"Keys of version {version} are not supported.");
        }

        var created = reader.Time();
        if (version < 4)
        {
            // Days of validity: version 3 has them here, and nobody signs for them.
            reader.UInt16();
        }

        var algorithm = (PublicKeyAlgorithm)reader.Octet();
        var length = version == 6 ? reader.UInt32() : (uint)reader.Remaining;
        var material = new OctetReader(reader.Take((int)Math.Min(length, int.MaxValue)));
        var numbers = PublicKeyNumbers.Read(ref material, version, algorithm);
        if (version == 6 && numbers is not null && material.Remaining > 0)
        {
            throw new OpenPgpFormatException("A public key packet is longer than its key.");
        }

        publicOctets = numbers is null || version == 6 ? reader.Position : reader.Position - material.Remaining;
        return new PublicKeyPacket(body[..publicOctets].ToArray(), created, algorithm, numbers);
    }

    /// <summary>The same, where nothing may follow the public part.</summary>
    public static PublicKeyPacket Parse(ReadOnlySpan<byte> body)
    {
        var key = Parse(body, out var publicOctets);
        return publicOctets == body.Length ? key : throw new OpenPgpFormatException("A public key packet is longer than its key.");
    }

    private static byte[] MakeHashPrefix(byte[] body)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(length, (uint)body.Length);
        return body[0] == 6 ? [0x9B, .. length, .. body]
            : body.Length <= ushort.MaxValue ? [0x99, .. length[2..], .. body]
            : throw new OpenPgpFormatException("A public key packet is too long.");
    }

    // A fingerprint is what the version says it is (RFC 9580 §5.5.4); no choice of hash here.
#pragma warning disable CA5350, CA5351
    private (Fingerprint Fingerprint, string KeyId) MakeNames()
    {
        if (Version == 6)
        {
            var digits = Convert.ToHexString(SHA256.HashData(HashPrefix));
            return (new Fingerprint(digits), digits[..16]);
        }

        if (Version == 4)
        {
            var digits = Convert.ToHexString(SHA1.HashData(HashPrefix));
            return (new Fingerprint(digits), digits[^16..]);
        }

        var number = Convert.ToHexString(Modulus.AsSpan(Math.Max(0, Modulus.Length - 8)));
        return (new Fingerprint(Convert.ToHexString(MD5.HashData([.. Modulus, .. Exponent]))), number.PadLeft(16, '0'));
    }
#pragma warning restore CA5350, CA5351
}
