namespace Bitmask.Keys;

/// <summary>What is known of the key that is in use for an address now.</summary>
/// <param name="Level">How well it is known to belong there.</param>
/// <param name="Expires">When it expires; null = never.</param>
/// <param name="IsRevoked">Whether its owner took it back.</param>
/// <param name="SignUsed">Whether a signature by it was found good.</param>
/// <param name="EncryptUsed">Whether something was encrypted to it.</param>
public sealed record KeyInUse(ValidationLevel Level, DateTimeOffset? Expires, bool IsRevoked, bool SignUsed, bool EncryptUsed);

/// <summary>Whether a new key may take an old one's place, and by which rule.</summary>
/// <param name="IsAccepted">Whether it may.</param>
/// <param name="Rule">The rule that decided, fit to show a person.</param>
public sealed record ReplacementDecision(bool IsAccepted, string Rule);

/// <summary>
/// The rules by which another key may silently become the key of an address. They are those of LEAP's client, not of its design
/// paper: that would let any key replace one that never expires, and a directory that lies could then take over an address. One
/// rule is stricter: a revoked key is replaced by none but one that the user compared (security.md C8).
/// </summary>
public static class KeyReplacement
{
    /// <summary>Decides; the first rule that fits counts.</summary>
    /// <param name="old">The key in use; null when there is none.</param>
    /// <param name="newLevel">How well the new key is known to belong to the address.</param>
    /// <param name="isSameKey">Whether both have one fingerprint: then it is an update.</param>
    /// <param name="isSignedByOld">Whether the old key certified the new one for this address.</param>
    /// <param name="now">The time of the decision.</param>
    public static ReplacementDecision Decide(KeyInUse? old, ValidationLevel newLevel, bool isSameKey, bool isSignedByOld, DateTimeOffset now)
    {
        if (old is null)
        {
            return new(true, "first contact");
        }

        if (isSameKey)
        {
            return new(true, "same fingerprint");
        }

        if (newLevel == ValidationLevel.Fingerprint)
        {
            return new(true, "fingerprint verified");
        }

        if (old.IsRevoked)
        {
            return new(false, "old is revoked");
        }

        if (old.Expires <= now && newLevel >= old.Level)
        {
            return new(true, "old expired, new level >= old");
        }

        if (old.Expires is null && newLevel > old.Level)
        {
            return new(true, "old has no expiry, new level higher");
        }

        if (!(old.SignUsed && old.EncryptUsed) && newLevel > old.Level)
        {
            return new(true, "old not successfully used, new level higher");
        }

        return isSignedByOld ? new(true, "new signed by old") : new(false, "rejected");
    }
}
