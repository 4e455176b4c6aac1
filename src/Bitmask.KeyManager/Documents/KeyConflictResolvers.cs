using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
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
        var refreshed = DateTimeOffset.FromUnixTimeSeconds(first.RefreshedAt);
        if (Merge(first, second, refreshed) is { } merged)
        {
            first = merged with { More = first.More };
        }

        return JsonSerializer.Serialize(first, KeyJson.Default.KeyDocument);
    }

    public bool DeletionWins(string editedJson) => false;

    private static KeyDocument? Merge(KeyDocument first, KeyDocument second, DateTimeOffset refreshed)
    {
        var (one, other) = (Encoding.UTF8.GetBytes(first.KeyData), Encoding.UTF8.GetBytes(second.KeyData));
        try
        {
            if (!first.Private)
            {
                var limits = new CertificateLimits { MaxOctets = int.MaxValue };
                return KeyDocument.From(OpenPgpCertificate.Parse(one, limits).Merge(OpenPgpCertificate.Parse(other, limits)), null, refreshed);
            }

            // Both may have been given another subkey meanwhile, and mail may be encrypted to either.
            using var ours = OpenPgpSecretKey.Parse(one);
            using var theirs = OpenPgpSecretKey.Parse(other);
            using var merged = ours.Merge(theirs);
            return KeyDocument.From(merged.Certificate, merged.ExportArmor(), refreshed);
        }
        catch (Exception e) when (e is OpenPgpFormatException or ArgumentException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(one);
            CryptographicOperations.ZeroMemory(other);
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
