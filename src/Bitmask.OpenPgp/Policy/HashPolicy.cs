using Bitmask.OpenPgp.Keys;

namespace Bitmask.OpenPgp.Policy;

/// <summary>
/// Which hash functions count, and until when. Two things are told apart: signed data may come from the attacker, who then needs only two
/// texts of his own that collide; what an owner says of his own key would need a second text for a hash that is already there.
/// </summary>
internal static class HashPolicy
{
    // In the years before, programs in wide use wrote nothing else; chosen-prefix collisions were public since 2020.
    private static readonly DateTimeOffset LastSha1 = new(2023, 2, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>For signed data and for certifications of other people's keys.</summary>
    public static bool IsGoodForData(HashId hash) => IsStrong(hash);

    /// <summary>For what an owner says of his own key at <paramref name="created"/>.</summary>
    public static bool IsGoodForSelfSignature(HashId hash, DateTimeOffset created) => IsStrong(hash) || (hash == HashId.Sha1 && created < LastSha1);

    /// <summary>For revocations SHA-1 counts without a date: to doubt one is the greater danger.</summary>
    public static bool IsGoodForRevocation(HashId hash) => IsStrong(hash) || hash == HashId.Sha1;

    // SHA-224 is left out: too short for comfort, hardly written by anybody, and not on every platform.
    private static bool IsStrong(HashId hash)
        => hash is HashId.Sha256 or HashId.Sha384 or HashId.Sha512 or HashId.Sha3_256 or HashId.Sha3_512;
}
