namespace Bitmask.OpenPgp.Symmetric;

/// <summary>Modes that encrypt and authenticate at once (RFC 9580 §9.6).</summary>
internal enum AeadAlgorithm
{
    Eax = 1,
    Ocb = 2,
    Gcm = 3,
}

/// <summary>A cipher with its key in one of the modes that encrypt and authenticate at once; tags have 16 octets in all of them.</summary>
internal abstract class AeadCipher : IDisposable
{
    public const int TagOctets = 16;

    /// <summary>Length of a nonce; 0 for a mode that is not known here.</summary>
    public static int NonceOctets(AeadAlgorithm algorithm) => algorithm switch { AeadAlgorithm.Eax => 16, AeadAlgorithm.Ocb => 15, AeadAlgorithm.Gcm => 12, _ => 0 };

    /// <summary>Whether both are known here and fit each other: blocks must have 16 octets (RFC 9580 §5.13.3).</summary>
    public static bool IsSupported(Cipher cipher, AeadAlgorithm algorithm)
        => NonceOctets(algorithm) > 0 && Ciphers.KeyOctets(cipher) > 0 && Ciphers.BlockOctets(cipher) == 16;

    public static AeadCipher Create(Cipher cipher, AeadAlgorithm algorithm, ReadOnlySpan<byte> key)
        => !IsSupported(cipher, algorithm) ? throw new ArgumentException("The cipher does not work in this mode.", nameof(algorithm))
            : algorithm switch
            {
                AeadAlgorithm.Eax => new EaxCipher(BlockCipher.Create(cipher, key)),
                AeadAlgorithm.Ocb => new OcbCipher(BlockCipher.Create(cipher, key)),
                _ => Ciphers.IsAes(cipher) ? new GcmCipher(key) : new ManagedGcmCipher(cipher, key),
            };

    /// <summary>Encrypts; <paramref name="cipherText"/> is as long as <paramref name="plain"/> and may be the same span.</summary>
    public abstract void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plain, Span<byte> cipherText, Span<byte> tag);

    /// <summary>Decrypts; false, and nothing left in <paramref name="plain"/>, when anything was changed. The spans may be the same one.</summary>
    public abstract bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> cipherText, ReadOnlySpan<byte> tag, Span<byte> plain);

    public abstract void Dispose();
}
