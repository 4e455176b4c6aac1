using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Security.Cryptography;

namespace Bitmask.Protocol.Bonafide;

/// <summary>
/// A group for SRP-6a, chosen by name from a fixed list; N and g never come from the wire (security.md A1). All arithmetic of the hardened login is
/// here: SHA-256, and every value padded to the length of N before it is hashed (RFC 5054 §2.5, §2.6).
/// </summary>
public sealed class SrpGroup
{
    // RFC 5054 appendix A, 3072-bit group (the prime of RFC 3526 §4), generator 5.
    private const string N3072 =
        "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
        + "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
        + "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
        + "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
        + "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
        + "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
        + "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
        + "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF";

    private SrpGroup(string name, string n, int g)
    {
        Name = name;
        Modulus = new BigInteger(Convert.FromHexString(n), isUnsigned: true, isBigEndian: true);
        Generator = g;
        Octets = n.Length / 2;
        Multiplier = Number(SHA256.HashData([.. Pad(Modulus), .. Pad(Generator)]));

        var (hashN, hashG) = (SHA256.HashData(Pad(Modulus)), SHA256.HashData(Pad(Generator)));
        HashOfGroup = [.. hashN.Zip(hashG, (x, y) => (byte)(x ^ y))];
    }

    /// <summary>The group every sealed account uses.</summary>
    [SuppressMessage("Naming", "CA1707", Justification = "It is the name on the wire.")]
    public static SrpGroup Rfc5054_3072 { get; } = new("rfc5054-3072", N3072, 5);

    /// <summary>Its name on the wire.</summary>
    public string Name { get; }

    /// <summary>Length of N, A and B in octets.</summary>
    public int Octets { get; }

    internal BigInteger Modulus { get; }

    internal BigInteger Generator { get; }

    /// <summary>k = H(N | PAD(g)).</summary>
    internal BigInteger Multiplier { get; }

    /// <summary>H(N) xor H(PAD(g)).</summary>
    internal byte[] HashOfGroup { get; }

    /// <summary>Finds a group by name.</summary>
    /// <exception cref="SrpProtocolException">Not one of the list, thus possibly a weak one.</exception>
    public static SrpGroup Find(string? name)
        => name == Rfc5054_3072.Name ? Rfc5054_3072 : throw new SrpProtocolException("Unknown SRP group; a newer program may know it.");

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    internal static BigInteger RandomExponent() => Number(RandomNumberGenerator.GetBytes(32));

    internal byte[] Pad(BigInteger number)
    {
        var bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return bytes.Length == Octets ? bytes : [.. new byte[Octets - bytes.Length], .. bytes];
    }

    /// <summary>Reads the other side's ephemeral.</summary>
    /// <exception cref="SrpProtocolException">Zero modulo N, or not below N.</exception>
    internal BigInteger ReadEphemeral(ReadOnlySpan<byte> bytes)
    {
        var number = bytes.Length <= Octets ? Number(bytes) : throw new SrpProtocolException("An SRP ephemeral is too long.");
        return number.IsZero || number >= Modulus ? throw new SrpProtocolException("An SRP ephemeral is zero or out of range.") : number;
    }

    /// <summary>u = H(PAD(A) | PAD(B)).</summary>
    internal BigInteger Scramble(BigInteger a, BigInteger b) => Number(SHA256.HashData([.. Pad(a), .. Pad(b)]));

    /// <summary>g^secret, by two exponents that add up to it and change every time: timing says nothing about a fixed secret.</summary>
    internal BigInteger PowerOfSecret(BigInteger secret)
    {
        var share = RandomExponent() % (secret + 1);
        return BigInteger.ModPow(Generator, share, Modulus) * BigInteger.ModPow(Generator, secret - share, Modulus) % Modulus;
    }

    /// <summary>M1 = H(H(N) xor H(g) | H(I) | salt | A | B | K | binding) (RFC 2945 §3, with the padding above; the binding is ours).</summary>
    internal byte[] ClientProof(byte[] identity, ReadOnlySpan<byte> salt, BigInteger a, BigInteger b, byte[] key, ReadOnlySpan<byte> binding)
        => SHA256.HashData([.. HashOfGroup, .. SHA256.HashData(identity), .. salt, .. Pad(a), .. Pad(b), .. key, .. binding]);

    /// <summary>M2 = H(A | M1 | K).</summary>
    internal byte[] ServerProof(BigInteger a, ReadOnlySpan<byte> clientProof, byte[] key)
        => SHA256.HashData([.. Pad(a), .. clientProof, .. key]);
}
