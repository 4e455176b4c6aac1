using System.Text.Json.Serialization;

namespace Bitmask.Mail;

/// <summary>
/// What was found when a message was filed: immutable facts, stored in its entry (security.md A10). Judgements (is the signer
/// known, is the key still good) are computed from them and from the keys known at the time of asking; none is stored.
/// </summary>
public sealed record SecurityFacts
{
    /// <summary>The provider's MX wrapped the mail.</summary>
    public const string WrappedByMx = "mx";

    /// <summary>Form of these facts: 1.</summary>
    [JsonPropertyName("v")]
    public int Version { get; init; } = 1;

    /// <summary><c>mx</c> when the provider's MX wrapped the mail, <c>none</c> otherwise.</summary>
    public required string Wrapper { get; init; }

    /// <summary>Encryption and signature layers, outermost first.</summary>
    public IReadOnlyList<SecurityLayer> Layers { get; init; } = [];

    /// <summary>Primary fingerprint of the signer that counts, in upper-case hex, or null.</summary>
    public string? Signer { get; init; }

    /// <summary>The From address that is shown, or null.</summary>
    public string? From { get; init; }

    /// <summary>Key ids that the signatures name as their makers' (unproved).</summary>
    [JsonIgnore]
    public IEnumerable<string> Makers => Layers.Where(static layer => layer.Kind == SecurityLayer.Signature).SelectMany(static layer => layer.KeyIds);

    /// <summary>What the MX found about the sending host, or null.</summary>
    public ArrivalAuthentication? Auth { get; init; }
}

/// <summary>What the MX found when the mail arrived (in the wrapper: unauthenticated by nature, security.md A8).</summary>
/// <param name="Spf">Result of RFC 7208, or null.</param>
/// <param name="Dkim">Result of RFC 6376, or null.</param>
/// <param name="Dmarc">Result of RFC 7489, or null.</param>
public sealed record ArrivalAuthentication(string? Spf, string? Dkim, string? Dmarc);

/// <summary>One layer of encryption or one signature.</summary>
public sealed record SecurityLayer
{
    /// <summary>Kind of an encryption layer.</summary>
    public const string Encryption = "enc";

    /// <summary>Kind of a signature.</summary>
    public const string Signature = "sig";

    /// <summary>Result of a layer that was opened, or of a signature that holds.</summary>
    public const string Good = "good";

    /// <summary>Result of a signature that does not hold.</summary>
    public const string Bad = "bad";

    /// <summary>Result of an encryption layer that no key here opens.</summary>
    public const string NoKey = "no-key";

    /// <summary>Result of an encryption layer whose octets are damaged or were altered.</summary>
    public const string Damaged = "damaged";

    /// <summary>Result of an encryption layer that was left alone, because of what stands beside it.</summary>
    public const string NotOpened = "not-opened";

    /// <summary>Result of a signature whose key is not known.</summary>
    public const string UnknownKey = "unknown-key";

    /// <summary>Result of a signature of a kind that is not read here.</summary>
    public const string Unsupported = "unsupported";

    /// <summary>Result of a signature made when its key had expired.</summary>
    public const string ExpiredKey = "expired-key";

    /// <summary>Result of a signature by a key that is revoked.</summary>
    public const string RevokedKey = "revoked-key";

    /// <summary>Result of a signature that holds, by a key of somebody else than the author.</summary>
    public const string OtherSigner = "other-signer";

    /// <summary>Result of a signature that holds, but over a part of the message only.</summary>
    public const string PartOnly = "part-only";

    /// <summary><see cref="Encryption"/> or <see cref="Signature"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Part specifier that it covers, such as <c>1.2</c>; empty for the whole message.</summary>
    public string Part { get; init; } = "";

    /// <summary>First octet and length of what it covers in the filed message, or null.</summary>
    public IReadOnlyList<long>? Range { get; init; }

    /// <summary>Cipher or hash.</summary>
    public string? Alg { get; init; }

    /// <summary>Key ids it is addressed to or made by.</summary>
    [JsonPropertyName("keyIds")]
    public IReadOnlyList<string> KeyIds { get; init; } = [];

    /// <summary>Primary fingerprint of the signer, or null.</summary>
    public string? Fpr { get; init; }

    /// <summary>When the signature says it was made, or null.</summary>
    [JsonPropertyName("sigTime")]
    public DateTimeOffset? SigTime { get; init; }

    /// <summary><see cref="Good"/>, <see cref="Bad"/>, or a word that says why it could not be judged, such as <c>unknown-key</c>.</summary>
    public required string Result { get; init; }

    /// <summary>The signature packets in base64, for verifying again later.</summary>
    [JsonPropertyName("sigPackets")]
    public IReadOnlyList<string> SigPackets { get; init; } = [];
}
