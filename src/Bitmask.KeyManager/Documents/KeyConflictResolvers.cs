using System.Text;
using System.Text.Json;
using Bitmask.OpenPgp;
using Bitmask.Soledad;

namespace Bitmask.Keys.Documents;

/// <summary>Two devices refreshed one key: the certificate takes what both learned, a revocation above all.</summary>
internal sealed class KeyConflictResolver : IConflictResolver
{
    public string DocumentType => KeyDocument.DocumentType;

    public string? Merge(string localJson, string incomingJson)
    {
        if (KeyDocuments.Read(localJson, KeyJson.Default.KeyDocument) is not { } ours
            || KeyDocuments.Read(incomingJson, KeyJson.Default.KeyDocument) is not { } theirs
            || ours.Fingerprint != theirs.Fingerprint || ours.Private != theirs.Private)
        {
            return null;
        }

        // Named by time, then by text: whichever is whose, both devices take the same one for the first.
        var (first, second) = (ours.RefreshedAt, ours.KeyData).CompareTo((theirs.RefreshedAt, theirs.KeyData)) >= 0 ? (ours, theirs) : (theirs, ours);
        if (!first.Private && MergeCertificates(first.KeyData, second.KeyData) is { } merged)
        {
            first = KeyDocument.From(merged, null, DateTimeOffset.FromUnixTimeSeconds(first.RefreshedAt)) with { More = first.More };
        }

        return JsonSerializer.Serialize(first, KeyJson.Default.KeyDocument);
    }

    public bool DeletionWins(string editedJson) => false;

    private static OpenPgpCertificate? MergeCertificates(string first, string second)
    {
        try
        {
            var limits = new CertificateLimits { MaxOctets = int.MaxValue };
            return OpenPgpCertificate.Parse(Encoding.UTF8.GetBytes(first), limits).Merge(OpenPgpCertificate.Parse(Encoding.UTF8.GetBytes(second), limits));
        }
        catch (Exception e) when (e is OpenPgpFormatException or ArgumentException)
        {
            return null;
        }
    }
}

/// <summary>
/// Two devices wrote which key an address uses. For one key what both know adds up; of two keys the better known stays, then the
/// more used: neither device's word makes an address weaker.
/// </summary>
internal sealed class ActiveConflictResolver : IConflictResolver
{
    public string DocumentType => ActiveDocument.DocumentType;

    public string? Merge(string localJson, string incomingJson)
    {
        if (KeyDocuments.Read(localJson, KeyJson.Default.ActiveDocument) is not { } ours
            || KeyDocuments.Read(incomingJson, KeyJson.Default.ActiveDocument) is not { } theirs
            || ours.Address != theirs.Address || ours.Private != theirs.Private)
        {
            return null;
        }

        var (better, other) = Rank(ours).CompareTo(Rank(theirs)) >= 0 ? (ours, theirs) : (theirs, ours);
        var merged = better.Fingerprint != other.Fingerprint ? better : better with
        {
            Validation = better.Level >= other.Level ? better.Validation : other.Validation,
            EncrUsed = better.EncrUsed || other.EncrUsed,
            SignUsed = better.SignUsed || other.SignUsed,
            LastAuditedAt = Math.Max(better.LastAuditedAt, other.LastAuditedAt),
        };
        return JsonSerializer.Serialize(merged, KeyJson.Default.ActiveDocument);
    }

    public bool DeletionWins(string editedJson) => false;

    private static (ValidationLevel Level, int TimesUsed, string Fingerprint) Rank(ActiveDocument active) => (active.Level, active.TimesUsed, active.Fingerprint);
}

/// <summary>Two devices learned of an address: both know all of it afterwards.</summary>
internal sealed class PeerConflictResolver : IConflictResolver
{
    public string DocumentType => PeerDocument.DocumentType;

    public string? Merge(string localJson, string incomingJson)
        => KeyDocuments.Read(localJson, KeyJson.Default.PeerDocument) is { } ours && KeyDocuments.Read(incomingJson, KeyJson.Default.PeerDocument) is { } theirs && ours.Address == theirs.Address
            // What only one of them knows how to read comes from the same one on both devices.
            ? JsonSerializer.Serialize(string.CompareOrdinal(localJson, incomingJson) >= 0 ? ours.Merge(theirs) : theirs.Merge(ours), KeyJson.Default.PeerDocument)
            : null;

    public bool DeletionWins(string editedJson) => false;
}
