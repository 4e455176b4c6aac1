using System.Security.Cryptography;
using Bitmask.OpenPgp.Policy;
using Bitmask.OpenPgp.Symmetric;

namespace Bitmask.OpenPgp.Keys;

/// <summary>Public-key algorithms (RFC 9580 §9.1); any other number is possible in a packet.</summary>
internal enum PublicKeyAlgorithm
{
    RsaEncryptOrSign = 1,
    RsaEncryptOnly = 2,
    RsaSignOnly = 3,
    ElGamal = 16,
    Dsa = 17,
    Ecdh = 18,
    Ecdsa = 19,
    ElGamalEncryptOrSign = 20,
    EdDsaLegacy = 22,
    X25519 = 25,
    X448 = 26,
    Ed25519 = 27,
    Ed448 = 28,
}

/// <summary>Hash functions (RFC 9580 §9.5); any other number is possible in a packet.</summary>
internal enum HashId
{
    Md5 = 1,
    Sha1 = 2,
    RipeMd160 = 3,
    Sha256 = 8,
    Sha384 = 9,
    Sha512 = 10,
    Sha224 = 11,
    Sha3_256 = 12,
    Sha3_512 = 14,
}

/// <summary>What a key may be used for (RFC 9580 §5.2.3.29).</summary>
[Flags]
internal enum KeyFlags
{
    None = 0,
    Certify = 0x01,
    Sign = 0x02,
    EncryptCommunications = 0x04,
    EncryptStorage = 0x08,
    Encrypt = EncryptCommunications | EncryptStorage,

    /// <summary>The secret was split by a mechanism for sharing.</summary>
    Split = 0x10,
    Authenticate = 0x20,

    /// <summary>More than one person may hold the secret.</summary>
    Group = 0x80,
}

/// <summary>Names and sizes.</summary>
internal static class Algorithms
{
    /// <summary>RSA keys below this are treated as if the algorithm were unknown (RFC 9580 §12.4).</summary>
    public const int MinRsaBits = KeyPolicy.MinRsaBits;

    /// <summary>Clocks of honest people differ; what is made less than this ahead of now counts as made now.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromDays(1);

    /// <summary>Null for what can not be computed here: by number unknown, too old, or not on this platform.</summary>
    public static HashAlgorithmName? Name(HashId hash) => hash switch
    {
        HashId.Sha1 => HashAlgorithmName.SHA1,
        HashId.Sha256 => HashAlgorithmName.SHA256,
        HashId.Sha384 => HashAlgorithmName.SHA384,
        HashId.Sha512 => HashAlgorithmName.SHA512,
        HashId.Sha3_256 when SHA3_256.IsSupported => HashAlgorithmName.SHA3_256,
        HashId.Sha3_512 when SHA3_512.IsSupported => HashAlgorithmName.SHA3_512,
        _ => null,
    };

    /// <summary>Such as <c>SHA512</c>.</summary>
    public static string Text(HashId hash) => hash switch
    {
        HashId.Md5 => "MD5",
        HashId.RipeMd160 => "RIPEMD160",
        HashId.Sha224 => "SHA224",
        HashId.Sha3_256 => "SHA3-256",
        HashId.Sha3_512 => "SHA3-512",
        _ => Name(hash)?.Name ?? "hash " + (int)hash,
    };

    /// <summary>How much salt a version 6 signature with this hash carries (RFC 9580 §9.5, table 23); 0 for one that it can not have.</summary>
    public static int SaltOctets(HashId hash) => hash switch
    {
        HashId.Sha224 or HashId.Sha256 or HashId.Sha3_256 => 16,
        HashId.Sha384 => 24,
        HashId.Sha512 or HashId.Sha3_512 => 32,
        _ => 0,
    };

    /// <summary>How many octets a native public key, its secret and its signature have (RFC 9580 §5.5.5, §5.2.3); null for other algorithms.</summary>
    public static (int Public, int Secret, int Signature)? Native(PublicKeyAlgorithm algorithm) => algorithm switch
    {
        PublicKeyAlgorithm.X25519 => (32, 32, 0),
        PublicKeyAlgorithm.X448 => (56, 56, 0),
        PublicKeyAlgorithm.Ed25519 => (32, 32, 64),
        PublicKeyAlgorithm.Ed448 => (57, 57, 114),
        _ => null,
    };

    /// <summary>Length of a key of AES; 0 for every other cipher, which a key wrap can not be made with.</summary>
    public static int KeyOctets(Cipher cipher) => Ciphers.IsAes(cipher) ? Ciphers.KeyOctets(cipher) : 0;
}
