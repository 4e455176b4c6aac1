namespace Bitmask.Protocol.Daemon;

/// <summary>One thing that happened to the key of an address.</summary>
/// <param name="Act">Such as <c>taken</c>, <c>replaced</c>, <c>raised</c>, <c>distrusted</c>, <c>deleted</c>, <c>released</c>, <c>bound</c>.</param>
/// <param name="At">When.</param>
/// <param name="Fingerprint">The key.</param>
/// <param name="Validation">The level it had from then on.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="Rule">The rule that allowed it.</param>
/// <param name="Replaced">The key that was in use before.</param>
public sealed record KeyEventLine(string Act, DateTimeOffset At, string? Fingerprint, string? Validation, string? Source, string? Rule, string? Replaced);

/// <summary>A key that was shown for an address and is not in use.</summary>
/// <param name="Fingerprint">The key.</param>
/// <param name="Source">Where it was shown.</param>
/// <param name="At">Since when it is known.</param>
/// <param name="Reason">Why it is not in use.</param>
public sealed record KeyCandidateLine(string Fingerprint, string Source, DateTimeOffset At, string Reason);

/// <summary>Answer to <c>GET /v1/keys/{account}/explain/{address}</c> and to the acts on keys: why an address has the key it has.</summary>
public sealed record KeyExplained
{
    /// <summary>Whose key.</summary>
    public required string Address { get; init; }

    /// <summary>The key in use; null when there is none.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>How far it is trusted, in LEAP's names.</summary>
    public string? Validation { get; init; }

    /// <summary><c>valid</c>, <c>expired</c>, <c>revoked</c>, or what else it is worth.</summary>
    public string? State { get; init; }

    /// <summary>When it ends, if it does.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Whether something was encrypted to it.</summary>
    public bool EncryptUsed { get; init; }

    /// <summary>Whether a signature by it was found good.</summary>
    public bool SignUsed { get; init; }

    /// <summary>Whether mail to the address must not leave in clear because of it.</summary>
    public bool Binds { get; init; }

    /// <summary>Since when the user has released the address from encryption; null when it is not.</summary>
    public DateTimeOffset? Released { get; init; }

    /// <summary>The text of a QR code by which somebody else can confirm the key.</summary>
    public string? QrText { get; init; }

    /// <summary>What happened, oldest first.</summary>
    public IReadOnlyList<KeyEventLine> History { get; init; } = [];

    /// <summary>Keys that were shown and are not in use.</summary>
    public IReadOnlyList<KeyCandidateLine> Candidates { get; init; } = [];

    /// <summary>Fingerprints of keys that the user does not want.</summary>
    public IReadOnlyList<string> Distrusted { get; init; } = [];

    /// <summary>What looking for news came to, where that was asked for; null when a key was found.</summary>
    public string? Trouble { get; init; }
}

/// <summary>Body of <c>POST /v1/keys/{account}/{act}/{address}</c>: what the user decides about a key.</summary>
public sealed record KeyDecision
{
    /// <summary>To <c>confirm</c>: the fingerprint, or the text of a QR code. To <c>distrust</c>: the key; the one in use when left out.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>To <c>import</c> and <c>replace</c>: the certificate in ASCII armor.</summary>
    public string? Armor { get; init; }

    /// <summary>To <c>release</c>: back to encryption.</summary>
    public bool Undo { get; init; }
}
