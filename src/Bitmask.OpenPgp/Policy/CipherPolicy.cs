using Bitmask.OpenPgp.Symmetric;

namespace Bitmask.OpenPgp.Policy;

/// <summary>
/// Which ciphers count, and since when they do not. A cipher is judged at the time of reading: a message carries no date that its
/// writer could not have chosen.
/// </summary>
internal static class CipherPolicy
{
    // The years in which blocks of 64 bits were shown to collide in practice, and after which standards withdrew them.
    private static readonly Dictionary<Cipher, DateTimeOffset> RefusedSince = new()
    {
        [Cipher.Idea] = Year(2006),
        [Cipher.Blowfish] = Year(2017),
        [Cipher.TripleDes] = Year(2024),
        [Cipher.Cast5] = Year(2024),
    };

    /// <summary>What is written: AES of any length.</summary>
    public static bool MayWrite(Cipher cipher) => Ciphers.IsAes(cipher);

    /// <summary>What is read without asking; the others only when the caller says so, and then the result tells.</summary>
    public static bool MayRead(Cipher cipher, DateTimeOffset now)
        => Ciphers.KeyOctets(cipher) > 0 && !(RefusedSince.TryGetValue(cipher, out var since) && now >= since);

    private static DateTimeOffset Year(int year) => new(year, 1, 1, 0, 0, 0, TimeSpan.Zero);
}
