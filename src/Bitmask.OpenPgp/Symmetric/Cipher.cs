namespace Bitmask.OpenPgp.Symmetric;

/// <summary>Symmetric ciphers (RFC 9580 §9.3); any other number is possible in a packet.</summary>
internal enum Cipher
{
    Idea = 1,
    TripleDes = 2,
    Cast5 = 3,
    Blowfish = 4,
    Aes128 = 7,
    Aes192 = 8,
    Aes256 = 9,
    Twofish = 10,
    Camellia128 = 11,
    Camellia192 = 12,
    Camellia256 = 13,
}

/// <summary>Names and sizes of ciphers.</summary>
internal static class Ciphers
{
    /// <summary>Length of a key; 0 for a cipher that is not known here.</summary>
    public static int KeyOctets(Cipher cipher) => cipher switch
    {
        Cipher.Idea or Cipher.Cast5 or Cipher.Blowfish or Cipher.Aes128 or Cipher.Camellia128 => 16,
        Cipher.TripleDes or Cipher.Aes192 or Cipher.Camellia192 => 24,
        Cipher.Aes256 or Cipher.Twofish or Cipher.Camellia256 => 32,
        _ => 0,
    };

    public static int BlockOctets(Cipher cipher) => IsOfSmallBlocks(cipher) ? 8 : 16;

    /// <summary>Blocks of 64 bits collide after some gigabytes, and nobody has had to write them since AES.</summary>
    public static bool IsOfSmallBlocks(Cipher cipher) => cipher is Cipher.Idea or Cipher.TripleDes or Cipher.Cast5 or Cipher.Blowfish;

    public static bool IsAes(Cipher cipher) => cipher is Cipher.Aes128 or Cipher.Aes192 or Cipher.Aes256;

    /// <summary>Such as <c>AES256</c>.</summary>
    public static string Text(Cipher cipher) => cipher switch
    {
        Cipher.TripleDes => "3DES",
        _ when KeyOctets(cipher) > 0 => cipher.ToString().ToUpperInvariant(),
        _ => "cipher " + (int)cipher,
    };
}
