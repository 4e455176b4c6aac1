using System.Text.Json;
using System.Text.Json.Serialization;
using Bitmask.OpenPgp;
using Bitmask.Primitives;

namespace Bitmask.Keys.Documents;

/// <summary>
/// What is kept of an address beside LEAP's two documents: how its key came to be in use, which others were shown, what the user decided,
/// and what Autocrypt headers told. LEAP's documents stay as LEAP writes them; clients that do not know this one pass it over.
/// </summary>
internal sealed record PeerDocument
{
    public const string DocumentType = "OpenPGPKey-peer";
    public const int KnownVersion = 1;
    public const int MaxEvents = 50;
    public const int MaxCandidates = 4;
    private const int MaxDistrusted = 50;

    public required string Address { get; init; }

    public string Type { get; init; } = DocumentType;

    public int Version { get; init; } = KnownVersion;

    public IReadOnlyList<string> Tags { get; init; } = ["keymanager-peer"];

    public IReadOnlyList<KeyEvent> History { get; init; } = [];

    public IReadOnlyList<CandidateKey> Candidates { get; init; } = [];

    public IReadOnlyList<DistrustedKey> Distrusted { get; init; } = [];

    public EncryptionRelease? Release { get; init; }

    public AutocryptPeer? Autocrypt { get; init; }

    /// <summary>When the user's first mail to the address left; null when none did, as far as is known.</summary>
    public DateTimeOffset? WrittenTo { get; init; }

    /// <summary>What newer programs wrote, kept.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? More { get; set; }

    [JsonIgnore]
    public bool IsReleased => Release?.IsReleased == true;

    public static PeerDocument Of(EmailAddress address) => new() { Address = address.Canonical };

    public bool Distrusts(Fingerprint fingerprint) => Distrusted.Any(key => key.Fingerprint == fingerprint.Value);

    public CandidateKey? Candidate(Fingerprint fingerprint) => Candidates.FirstOrDefault(key => key.Fingerprint == fingerprint.Value);

    public PeerDocument With(KeyEvent happened) => this with { History = [.. History.Append(happened).TakeLast(MaxEvents)] };

    /// <summary>With a candidate; one that was seen before keeps its first date, and of too many the oldest goes.</summary>
    public PeerDocument WithCandidate(OpenPgpCertificate certificate, KeySource source, DateTimeOffset at, string reason)
    {
        var before = Candidate(certificate.Fingerprint);
        var candidate = new CandidateKey
        {
            Fingerprint = certificate.Fingerprint.Value,
            Source = (before?.Source ?? source.ToString()),
            At = before?.At ?? at,
            Reason = reason,
            KeyData = Convert.ToBase64String(certificate.ToBinary()),
        };
        return before == candidate ? this : this with { Candidates = [.. Candidates.Where(other => other != before).Append(candidate).OrderBy(other => other.At).TakeLast(MaxCandidates)] };
    }

    public PeerDocument WithoutCandidate(Fingerprint fingerprint)
        => Candidate(fingerprint) is null ? this : this with { Candidates = [.. Candidates.Where(key => key.Fingerprint != fingerprint.Value)] };

    public PeerDocument Distrusting(Fingerprint fingerprint, DateTimeOffset at)
        => WithoutCandidate(fingerprint) with { Distrusted = [.. Distrusted.Where(key => key.Fingerprint != fingerprint.Value).Append(new(fingerprint.Value, at)).TakeLast(MaxDistrusted)] };

    public PeerDocument Trusting(Fingerprint fingerprint)
        => Distrusts(fingerprint) ? this with { Distrusted = [.. Distrusted.Where(key => key.Fingerprint != fingerprint.Value)] } : this;

    public override string ToString() => "peer document";

    /// <summary>Adds up what two devices wrote, the same way on both: events and keys of both, the later of two decisions.</summary>
    public PeerDocument Merge(PeerDocument other) => this with
    {
        History = [.. History.Union(other.History).OrderBy(e => e.At).ThenBy(e => e.Act, StringComparer.Ordinal).ThenBy(e => e.Fingerprint, StringComparer.Ordinal).TakeLast(MaxEvents)],
        Candidates = [.. Candidates.Concat(other.Candidates).OrderBy(key => key.At).ThenBy(key => key.KeyData, StringComparer.Ordinal).ThenBy(key => key.Reason, StringComparer.Ordinal)
            .DistinctBy(key => key.Fingerprint).TakeLast(MaxCandidates)],
        // Distrust wins over its withdrawal on another device: the user sees it and can withdraw it again.
        Distrusted = [.. Distrusted.Concat(other.Distrusted).OrderBy(key => key.At).ThenBy(key => key.Fingerprint, StringComparer.Ordinal).DistinctBy(key => key.Fingerprint).TakeLast(MaxDistrusted)],
        // Of two decisions at once the one that is safe.
        Release = new[] { Release, other.Release }.OfType<EncryptionRelease>().OrderByDescending(release => release.At).ThenBy(release => release.IsReleased).FirstOrDefault(),
        Autocrypt = Autocrypt is null ? other.Autocrypt : other.Autocrypt is null ? Autocrypt : Autocrypt.Merge(other.Autocrypt),
        WrittenTo = WrittenTo is null || other.WrittenTo < WrittenTo ? other.WrittenTo ?? WrittenTo : WrittenTo,
    };
}
