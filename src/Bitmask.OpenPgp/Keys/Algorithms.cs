using System.Security.Cryptography;
using Bitmask.OpenPgp.Symmetric;

namespace Bitmask.OpenPgp.Keys;

/// <summary>Public-key algorithms (RFC 9580 §9.1) that are known here.</summary>
internal enum PublicKeyAlgorithm
{
    RsaEncryptOrSign = 1,
    RsaEncryptOnly = 2,
    RsaSignOnly = 3,
    Ecdh = 18,
    Ecdsa = 19,
    EdDsaLegacy = 22,
    X25519 = 25,
    X448 = 26,
}

/// <summary>Hash functions (RFC 9580 §9.5) that are known here; any other number is possible in a packet.</summary>
internal enum HashId
{
    Sha1 = 2,
    Sha256 = 8,
    Sha384 = 9,
    Sha512 = 10,
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
}

/// <summary>Names, sizes, and what is too weak.</summary>
internal static class Algorithms
{
    /// <summary>RSA keys below this are treated as if the algorithm were unknown (RFC 9580 §12.4).</summary>
    public const int MinRsaBits = 2048;

    /// <summary>Clocks of honest people differ; what is made less than this ahead of now counts as made now.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromDays(1);

    // SHA-1 in a self-signature needs a second preimage to be misused; old keys carry it. Newer ones have no excuse.
    private static readonly DateTimeOffset LastSha1 = new(2023, 2, 1, 0, 0, 0, TimeSpan.Zero);

    public static HashAlgorithmName? Name(HashId hash) => hash switch
    {
        HashId.Sha1 => HashAlgorithmName.SHA1,
        HashId.Sha256 => HashAlgorithmName.SHA256,
        HashId.Sha384 => HashAlgorithmName.SHA384,
        HashId.Sha512 => HashAlgorithmName.SHA512,
        _ => null,
    };

    public static string Text(HashId hash) => Name(hash)?.Name ?? "hash " + (int)hash;

    public static bool IsGoodForSelfSignature(HashId hash, DateTimeOffset created)
        => hash is HashId.Sha256 or HashId.Sha384 or HashId.Sha512 || (hash is HashId.Sha1 && created < LastSha1);

    public static bool IsGoodForData(HashId hash) => hash is HashId.Sha256 or HashId.Sha384 or HashId.Sha512;

    /// <summary>Length of a key of AES; 0 for every other cipher, which a key wrap can not be made with.</summary>
    public static int KeyOctets(Cipher cipher) => Ciphers.IsAes(cipher) ? Ciphers.KeyOctets(cipher) : 0;
}
