using Bitmask.Primitives;

namespace Bitmask.Keys;

/// <summary>What is known of a correspondent's mail programs (Autocrypt level 1, §2.2). The keys are named by fingerprint.</summary>
public sealed record AutocryptPeer
{
    /// <summary>After this long without a header, while mail still came, the key may be out of use.</summary>
    public static TimeSpan Stale { get; } = TimeSpan.FromDays(35);

    /// <summary>Date of the newest mail.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    /// <summary>Date of the newest mail with a header.</summary>
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>The key of that header.</summary>
    public string? PublicKey { get; init; }

    /// <summary>That header's <c>prefer-encrypt=mutual</c>.</summary>
    public bool PrefersEncryption { get; init; }

    /// <summary>Date of the newest mail in which somebody else showed a key of this address.</summary>
    public DateTimeOffset? GossipTimestamp { get; init; }

    /// <summary>The key shown there.</summary>
    public string? GossipKey { get; init; }

    /// <summary>What is known after a mail of the address (§2.3).</summary>
    /// <param name="effective">The mail's date, or when it came, if that was earlier.</param>
    /// <param name="key">The key in its header; null when it had no valid one.</param>
    /// <param name="prefersEncryption">The header's preference.</param>
    public AutocryptPeer After(DateTimeOffset effective, Fingerprint? key, bool prefersEncryption)
    {
        if (effective < Timestamp)
        {
            return this;
        }

        var seen = LastSeen is null || effective > LastSeen ? this with { LastSeen = effective } : this;
        return key is { } header ? seen with { Timestamp = effective, PublicKey = header.Value, PrefersEncryption = prefersEncryption } : seen;
    }

    /// <summary>What is known after somebody else's mail showed a key of the address.</summary>
    public AutocryptPeer AfterGossip(DateTimeOffset effective, Fingerprint key)
        => effective < GossipTimestamp ? this : this with { GossipTimestamp = effective, GossipKey = key.Value };

    /// <summary>Adds up what two devices know, the same way on both.</summary>
    public AutocryptPeer Merge(AutocryptPeer other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var header = (Timestamp ?? DateTimeOffset.MinValue, PublicKey ?? "").CompareTo((other.Timestamp ?? DateTimeOffset.MinValue, other.PublicKey ?? "")) >= 0 ? this : other;
        var gossip = (GossipTimestamp ?? DateTimeOffset.MinValue, GossipKey ?? "").CompareTo((other.GossipTimestamp ?? DateTimeOffset.MinValue, other.GossipKey ?? "")) >= 0 ? this : other;
        return new AutocryptPeer
        {
            LastSeen = LastSeen is null || other.LastSeen > LastSeen ? other.LastSeen : LastSeen,
            Timestamp = header.Timestamp,
            PublicKey = header.PublicKey,
            PrefersEncryption = header.PublicKey == other.PublicKey && header.Timestamp == other.Timestamp ? header.PrefersEncryption || other.PrefersEncryption : header.PrefersEncryption,
            GossipTimestamp = gossip.GossipTimestamp,
            GossipKey = gossip.GossipKey,
        };
    }
}

/// <summary>What Autocrypt says about encrypting (level 1, §2.4), worst first.</summary>
public enum AutocryptRecommendation
{
    /// <summary>There is no key.</summary>
    Disable,

    /// <summary>There is one, but the recipient may not be able to read it.</summary>
    Discourage,

    /// <summary>It would work.</summary>
    Available,

    /// <summary>Both want it, or it answers what came encrypted.</summary>
    Encrypt,
}

/// <summary>The rules of §2.4.</summary>
public static class AutocryptAdvice
{
    /// <summary>For one recipient.</summary>
    /// <param name="peer">What is known; null for nothing.</param>
    /// <param name="isPublicUsable">The key of its header can be encrypted to.</param>
    /// <param name="isGossipUsable">The key that others showed can be.</param>
    /// <param name="prefersEncryption">The sender's own preference.</param>
    /// <param name="answersEncrypted">The mail answers one that came encrypted.</param>
    public static AutocryptRecommendation For(AutocryptPeer? peer, bool isPublicUsable, bool isGossipUsable, bool prefersEncryption, bool answersEncrypted)
    {
        var basic = (peer, isPublicUsable, isGossipUsable) switch
        {
            (null, _, _) or (_, false, false) => AutocryptRecommendation.Disable,
            (_, false, true) => AutocryptRecommendation.Discourage,
            _ when peer.LastSeen - peer.Timestamp > AutocryptPeer.Stale => AutocryptRecommendation.Discourage,
            _ => AutocryptRecommendation.Available,
        };
        var isWished = answersEncrypted || (basic == AutocryptRecommendation.Available && peer!.PrefersEncryption && prefersEncryption);
        return basic != AutocryptRecommendation.Disable && isWished ? AutocryptRecommendation.Encrypt : basic;
    }

    /// <summary>For a mail to several: the worst of all.</summary>
    public static AutocryptRecommendation For(IEnumerable<AutocryptRecommendation> recipients) => recipients.DefaultIfEmpty().Min();
}
