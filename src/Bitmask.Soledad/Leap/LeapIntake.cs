using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad.Leap;

/// <summary>
/// What may come in although nothing authenticates it, as LEAP's deletions and arrived mail. A provider can forge both, but not without
/// counting itself or somebody's device in the revision: what it counts itself in is refused wherever it would change a document.
/// </summary>
internal static class LeapIntake
{
    /// <summary>Why this must not be taken in; null when it may. Sealed documents always may.</summary>
    public static string? Refusal(StoreTransaction transaction, DecodeAnswer answer, string providerUid) => answer switch
    {
        DecodeAnswer.PlainIncoming { Document: var mail } when transaction.Get(mail.Id) is not null => "clear mail must not replace a document",
        DecodeAnswer.PlainIncoming { Document: var mail } when !Revision.Parse(mail.Rev).Counters.Keys.SequenceEqual([providerUid]) => "clear mail that the provider did not write",
        DecodeAnswer.Delete { Origin: null, Document: var deleted } when IsByProvider(transaction.Get(deleted.Id), deleted, providerUid) => "the provider itself deleted it",
        _ => null,
    };

    private static bool IsByProvider(Document? current, Document deleted, string providerUid)
        => current is not null && Count(deleted, providerUid) > Count(current, providerUid);

    private static long Count(Document document, string replicaUid) => Revision.Parse(document.Rev).Counters.GetValueOrDefault(replicaUid);
}
