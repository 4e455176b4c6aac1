using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Bitmask.Protocol.Bonafide;

/// <summary>What a provider keeps instead of a password.</summary>
public static class SrpVerifier
{
    /// <summary>Octets of a new salt.</summary>
    public const int SaltOctets = 32;

    /// <summary>A new random salt. Its first octet is never zero: servers that keep salts as integers would lose it.</summary>
    public static byte[] NewSalt()
    {
        var salt = RandomNumberGenerator.GetBytes(SaltOctets);
        salt[0] |= 0x80;
        return salt;
    }

    /// <summary>v = g^x, padded to the length of N.</summary>
    /// <param name="group">The group.</param>
    /// <param name="identity">The login name, without domain.</param>
    /// <param name="password">The SRP password; for sealed accounts <see cref="Keys.MasterKey.AuthSecret"/>.</param>
    /// <param name="salt">The SRP salt.</param>
    public static byte[] Compute(SrpGroup group, string identity, string password, ReadOnlySpan<byte> salt)
    {
        ArgumentNullException.ThrowIfNull(group);
        return group.Pad(group.PowerOfSecret(PrivateKey(identity, password, salt)));
    }

    /// <summary>x = H(salt | H(I ":" P)) (RFC 2945 §3).</summary>
    internal static BigInteger PrivateKey(string identity, string password, ReadOnlySpan<byte> salt)
    {
        var credentials = Encoding.UTF8.GetBytes(identity + ":" + password);
        byte[] salted = [.. salt, .. SHA256.HashData(credentials)];
        CryptographicOperations.ZeroMemory(credentials);
        var x = SHA256.HashData(salted);
        CryptographicOperations.ZeroMemory(salted);
        var number = SrpGroup.Number(x);
        CryptographicOperations.ZeroMemory(x);
        return number;
    }
}
