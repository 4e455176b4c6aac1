using Org.BouncyCastle.Crypto.Engines;

namespace Bitmask.OpenPgp.Symmetric;

/// <summary>
/// A cipher with its key, applied to whole blocks, many at a time: the platform is fast only then. Callers give runs of
/// <see cref="BatchOctets"/>, so that what lies between stays in the processor's cache.
/// </summary>
internal abstract class BlockCipher(int blockOctets) : IDisposable
{
    /// <summary>How many octets a caller hands over at once; a multiple of every block length.</summary>
    public const int BatchOctets = 32 * 1024;

    public int BlockOctets { get; } = blockOctets;

    public static BlockCipher Create(Cipher cipher, ReadOnlySpan<byte> key)
    {
        if (key.Length == 0 || key.Length != Ciphers.KeyOctets(cipher))
        {
            throw new ArgumentException("The key does not fit the cipher.", nameof(key));
        }

        return cipher switch
        {
            Cipher.Aes128 or Cipher.Aes192 or Cipher.Aes256 => new AesBlockCipher(key),
            Cipher.Camellia128 or Cipher.Camellia192 or Cipher.Camellia256 => new ManagedBlockCipher(static () => new CamelliaEngine(), key),
            Cipher.Twofish => new ManagedBlockCipher(static () => new TwofishEngine(), key),
            Cipher.TripleDes => new ManagedBlockCipher(static () => new DesEdeEngine(), key),
            Cipher.Cast5 => new ManagedBlockCipher(static () => new Cast5Engine(), key),
            Cipher.Blowfish => new ManagedBlockCipher(static () => new BlowfishEngine(), key),
            Cipher.Idea => new ManagedBlockCipher(static () => new IdeaEngine(), key),
            _ => throw new ArgumentException("The cipher is not known.", nameof(cipher)),
        };
    }

    /// <summary>Encrypts whole blocks, each by itself; both spans may be the same one.</summary>
    public abstract void Encrypt(ReadOnlySpan<byte> blocks, Span<byte> into);

    /// <summary>Decrypts whole blocks, each by itself; both spans may be the same one.</summary>
    public abstract void Decrypt(ReadOnlySpan<byte> blocks, Span<byte> into);

    /// <summary>Encrypts whole blocks, each combined with what the block before became (CFB, SP 800-38A §6.3).</summary>
    public abstract void EncryptCfb(ReadOnlySpan<byte> blocks, ReadOnlySpan<byte> before, Span<byte> into);

    /// <summary>Chains whole blocks into <paramref name="state"/>: of each only what it does to the next counts (CBC-MAC).</summary>
    public abstract void Chain(ReadOnlySpan<byte> blocks, Span<byte> state);

    public abstract void Dispose();
}
