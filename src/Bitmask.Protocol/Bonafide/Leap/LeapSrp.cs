using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Bitmask.Protocol.Bonafide.Leap;

/// <summary>
/// SRP-6a as LEAP's providers speak it: the 1024-bit group of RFC 5054 appendix A, SHA-256, and no padding anywhere. Only for leap
/// accounts; sealed accounts never register such a verifier.
/// </summary>
internal static class LeapSrp
{
    internal const int MaxDigits = 256;

    internal static readonly BigInteger N = SrpGroup.Number(Convert.FromHexString(
        "EEAF0AB9ADB38DD69C33F80AFA8FC5E86072618775FF3C0B9EA2314C9C256576D674DF7496EA81D3383B4813D692C6E0"
        + "E0D5D8E250B98BE48E495C1D6089DAD15DC7D7B46154D6B6CE8EF4AD69B15D4982559B297BCF1885C529F566660E57EC"
        + "68EDBC3C05726CC02FD4CBF4976EAA9AFD5138FE8376435B9FC61D2FC0EB06E3"));

    internal static readonly BigInteger G = 2;

    internal static readonly BigInteger K = Hash(Minimal(N), Minimal(G));

    private static readonly byte[] HashOfGroup =
        [.. SHA256.HashData(Minimal(N)).Zip(SHA256.HashData(Minimal(G)), (x, y) => (byte)(x ^ y))];

    /// <summary>Big-endian without leading zeros.</summary>
    internal static byte[] Minimal(BigInteger number) => number.ToByteArray(isUnsigned: true, isBigEndian: true);

    internal static BigInteger Hash(params ReadOnlySpan<byte[]> parts) => SrpGroup.Number(Digest(parts));

    internal static byte[] Digest(params ReadOnlySpan<byte[]> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            hash.AppendData(part);
        }

        return hash.GetHashAndReset();
    }

    /// <summary>x = H(salt | H(I ":" P)).</summary>
    /// <param name="username">Login name without domain.</param>
    /// <param name="password">The password itself.</param>
    /// <param name="salt">The salt.</param>
    /// <param name="isStripped">Drops leading zero octets of the inner hash, as old pure Python clients did when they registered.</param>
    internal static BigInteger PrivateKey(string username, string password, byte[] salt, bool isStripped)
    {
        var inner = SHA256.HashData(Encoding.UTF8.GetBytes(username + ":" + password));
        return Hash(salt, isStripped ? inner.AsSpan().TrimStart((byte)0).ToArray() : inner);
    }

    internal static byte[] ClientProof(string username, byte[] salt, BigInteger a, BigInteger b, byte[] key)
        => Digest(HashOfGroup, SHA256.HashData(Encoding.UTF8.GetBytes(username)), salt, Minimal(a), Minimal(b), key);

    internal static byte[] ServerProof(BigInteger a, byte[] clientProof, byte[] key) => Digest(Minimal(a), clientProof, key);

    /// <summary>Reads A or B: hex, any parity, at most 256 digits, not zero modulo N.</summary>
    internal static BigInteger ReadEphemeral(string? hex)
    {
        var number = SrpGroup.Number(SrpHex.Decode(hex, MaxDigits));
        return (number % N).IsZero ? throw new SrpProtocolException("An SRP ephemeral is zero modulo N.") : number;
    }

    /// <summary>As LEAP's server prints integers: without leading zeros, thus possibly of odd length.</summary>
    internal static string Print(BigInteger number)
    {
        var hex = SrpHex.Encode(Minimal(number)).TrimStart('0');
        return hex.Length == 0 ? "0" : hex;
    }
}
