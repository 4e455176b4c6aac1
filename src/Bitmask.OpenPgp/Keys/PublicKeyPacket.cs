using System.Buffers.Binary;
using System.Security.Cryptography;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Symmetric;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Keys;

/// <summary>A version 4 public key or subkey packet (RFC 9580 §5.5.2), its numbers still as on the wire.</summary>
internal sealed class PublicKeyPacket
{
    private PublicKeyPacket(byte[] body, DateTimeOffset created, PublicKeyAlgorithm algorithm)
    {
        Body = body;
        Created = created;
        Algorithm = algorithm;
        Span<byte> prefix = [0x99, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(prefix[1..], checked((ushort)body.Length));
        HashPrefix = [.. prefix, .. body];
        // A fingerprint is what version 4 says it is (RFC 9580 §5.5.4.2); no choice of hash here.
#pragma warning disable CA5350
        Fingerprint = new Fingerprint(Convert.ToHexString(SHA1.HashData(HashPrefix)));
#pragma warning restore CA5350
        KeyId = Fingerprint.Value[^16..];
    }

    /// <summary>The packet body, public part only.</summary>
    public byte[] Body { get; }

    /// <summary>What signatures over keys hash (RFC 9580 §5.2.4).</summary>
    public byte[] HashPrefix { get; }

    public DateTimeOffset Created { get; }

    public PublicKeyAlgorithm Algorithm { get; }

    public Fingerprint Fingerprint { get; }

    public string KeyId { get; }

    public int Bits { get; private set; }

    public byte[] Modulus { get; private set; } = [];

    public byte[] Exponent { get; private set; } = [];

    public EllipticCurve? Curve { get; private set; }

    /// <summary>The public point: 32 octets for the 25519 curves, else <c>04 ‖ x ‖ y</c>.</summary>
    public byte[] Point { get; private set; } = [];

    public HashId KdfHash { get; private set; }

    public Cipher KdfCipher { get; private set; }

    /// <summary>Whether its numbers were understood and are strong enough.</summary>
    public bool IsUsable { get; private set; }

    public bool CanVerify => IsUsable && Algorithm is PublicKeyAlgorithm.RsaEncryptOrSign or PublicKeyAlgorithm.RsaSignOnly or PublicKeyAlgorithm.Ecdsa or PublicKeyAlgorithm.EdDsaLegacy;

    public bool CanEncrypt => IsUsable && Algorithm is PublicKeyAlgorithm.RsaEncryptOrSign or PublicKeyAlgorithm.RsaEncryptOnly or PublicKeyAlgorithm.Ecdh;

    public string AlgorithmText => Algorithm switch
    {
        PublicKeyAlgorithm.RsaEncryptOrSign or PublicKeyAlgorithm.RsaEncryptOnly or PublicKeyAlgorithm.RsaSignOnly => "RSA",
        PublicKeyAlgorithm.Ecdh => "ECDH " + Curve?.Name,
        PublicKeyAlgorithm.Ecdsa => "ECDSA " + Curve?.Name,
        PublicKeyAlgorithm.EdDsaLegacy => "EdDSA " + Curve?.Name,
        _ => "algorithm " + (int)Algorithm,
    };

    /// <summary>
    /// Reads a key; <paramref name="publicOctets"/> tells where the secret part would begin. A key of an unknown algorithm is
    /// kept, not usable; one of another version is refused.
    /// </summary>
    public static PublicKeyPacket Parse(ReadOnlySpan<byte> body, out int publicOctets)
    {
        var reader = new OctetReader(body);
        var version = reader.Octet();
        if (version != 4)
        {
            throw new OpenPgpFormatException($"Keys of version {version} are not supported.");
        }

        var created = reader.Time();
        var algorithm = (PublicKeyAlgorithm)reader.Octet();
        var numbers = new OctetReader(reader.Rest);
        var read = ReadNumbers(ref numbers, algorithm);
        publicOctets = read is null ? body.Length : reader.Position + numbers.Position;
        var key = new PublicKeyPacket(body[..publicOctets].ToArray(), created, algorithm);
        read?.Invoke(key);
        return key;
    }

    /// <summary>The same, where nothing may follow the public part.</summary>
    public static PublicKeyPacket Parse(ReadOnlySpan<byte> body)
    {
        var key = Parse(body, out var publicOctets);
        return publicOctets == body.Length ? key : throw new OpenPgpFormatException("A public key packet is longer than its key.");
    }

    private static Action<PublicKeyPacket>? ReadNumbers(ref OctetReader reader, PublicKeyAlgorithm algorithm)
    {
        switch (algorithm)
        {
            case PublicKeyAlgorithm.RsaEncryptOrSign or PublicKeyAlgorithm.RsaEncryptOnly or PublicKeyAlgorithm.RsaSignOnly:
                var (n, e) = (reader.Mpi().ToArray(), reader.Mpi().ToArray());
                var bits = n.Length == 0 ? 0 : (n.Length * 8) - System.Numerics.BitOperations.LeadingZeroCount((uint)n[0]) + 24;
                return key => key.SetRsa(n, e, bits);
            case PublicKeyAlgorithm.EdDsaLegacy or PublicKeyAlgorithm.Ecdsa:
                var (curve, point) = ReadPoint(ref reader);
                return key => key.SetCurve(curve, point);
            case PublicKeyAlgorithm.Ecdh:
                var (ecdhCurve, ecdhPoint) = ReadPoint(ref reader);
                var kdf = reader.Take(reader.Octet()).ToArray();
                return key => key.SetEcdh(ecdhCurve, ecdhPoint, kdf);
            default:
                return null;
        }
    }

    private static (EllipticCurve? Curve, byte[] Point) ReadPoint(ref OctetReader reader)
    {
        var curve = EllipticCurve.Find(reader.Take(reader.Octet()));
        return (curve, reader.Mpi().ToArray());
    }

    private void SetRsa(byte[] n, byte[] e, int bits)
    {
        (Modulus, Exponent, Bits) = (n, e, bits);
        IsUsable = bits is >= Algorithms.MinRsaBits and <= 16384 && (n[^1] & 1) == 1 && e.Length is > 0 and <= 4 && (e[^1] & 1) == 1;
    }

    private void SetCurve(EllipticCurve? curve, byte[] point)
    {
        Curve = curve;
        if (curve is null)
        {
            return;
        }

        Bits = curve.Bits;
        var isEd25519 = Algorithm == PublicKeyAlgorithm.EdDsaLegacy;
        if (curve.Platform is null && point is [0x40, ..] && point.Length == 33)
        {
            Point = point[1..];
            IsUsable = curve == (isEd25519 ? EllipticCurve.Ed25519 : EllipticCurve.Curve25519);
        }
        else if (curve.Platform is not null)
        {
            Point = point;
            IsUsable = !isEd25519 && curve.TryReadPoint(point, out _);
        }
    }

    private void SetEcdh(EllipticCurve? curve, byte[] point, byte[] kdf)
    {
        SetCurve(curve, point);
        if (kdf is [0x01, var hash, var cipher])
        {
            (KdfHash, KdfCipher) = ((HashId)hash, (Cipher)cipher);
        }

        IsUsable &= KdfHash is HashId.Sha256 or HashId.Sha384 or HashId.Sha512 && Algorithms.KeyOctets(KdfCipher) > 0;
    }
}
