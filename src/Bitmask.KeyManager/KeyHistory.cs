using Bitmask.OpenPgp;
using Bitmask.Primitives;

namespace Bitmask.Keys;

/// <summary>One thing that happened to the key of an address, as it is kept.</summary>
public sealed record KeyEvent
{
    /// <summary><c>taken</c>, <c>replaced</c>, <c>raised</c>, <c>confirmed</c>, <c>distrusted</c>, <c>deleted</c>, <c>released</c>, <c>bound</c>.</summary>
    public required string Act { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The key; null for what concerns the address.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>The level it had from then on.</summary>
    public string? Validation { get; init; }

    /// <summary>Where it came from.</summary>
    public string? Source { get; init; }

    /// <summary>The rule that allowed it.</summary>
    public string? Rule { get; init; }

    /// <summary>The key that was in use before.</summary>
    public string? Replaced { get; init; }
}

/// <summary>A key that was shown for an address and is not in use: it has no proof, or another key stands in its way.</summary>
public sealed record CandidateKey
{
    /// <summary>Its fingerprint.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Where it came from.</summary>
    public required string Source { get; init; }

    /// <summary>When it was seen first.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Why it is not in use.</summary>
    public required string Reason { get; init; }

    /// <summary>The certificate, binary, in base64.</summary>
    public required string KeyData { get; init; }
}

/// <summary>A key that the user does not want for an address.</summary>
/// <param name="Fingerprint">The key.</param>
/// <param name="At">Since when.</param>
public sealed record DistrustedKey(string Fingerprint, DateTimeOffset At);

/// <summary>Whether an address is released from encryption, and since when it is so or not.</summary>
/// <param name="IsReleased">Whether it is.</param>
/// <param name="At">Since when.</param>
public sealed record EncryptionRelease(bool IsReleased, DateTimeOffset At);

/// <summary>Everything that makes the key of an address what it is.</summary>
public sealed record KeyExplanation
{
    /// <summary>Whose key.</summary>
    public required EmailAddress Address { get; init; }

    /// <summary>The key in use; null when there is none.</summary>
    public KeyEntry? InUse { get; init; }

    /// <summary>What it is worth now.</summary>
    public CertificateState? State { get; init; }

    /// <summary>Whether mail must not leave in clear because of it (security.md C8).</summary>
    public bool Binds { get; init; }

    /// <summary>What happened, oldest first.</summary>
    public IReadOnlyList<KeyEvent> History { get; init; } = [];

    /// <summary>Keys that were shown and are not in use.</summary>
    public IReadOnlyList<CandidateKey> Candidates { get; init; } = [];

    /// <summary>Keys that the user does not want.</summary>
    public IReadOnlyList<DistrustedKey> Distrusted { get; init; } = [];

    /// <summary>Whether the user released the address from encryption.</summary>
    public EncryptionRelease? Release { get; init; }

    /// <summary>What Autocrypt headers told.</summary>
    public AutocryptPeer? Autocrypt { get; init; }
}
