using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>The provider's side during one round: what it said first, moved on by what it answered.</summary>
internal sealed class SyncTarget(SyncInfo? info)
{
    /// <summary>The account has no database there yet.</summary>
    public bool MustBeMade { get; private set; } = info is null;

    public string? Uid { get; private set; } = info?.TargetReplicaUid;

    public long Generation { get; private set; } = info?.TargetReplicaGeneration ?? 0;

    public string TransactionId { get; private set; } = info?.TargetReplicaTransactionId ?? "";

    /// <summary>Our generation, as the provider remembers it.</summary>
    public long KnowsUs { get; private set; } = info?.SourceReplicaGeneration ?? 0;

    public string KnowsUsTransactionId { get; } = info?.SourceTransactionId ?? "";

    /// <summary>Takes over what a download tells of the state.</summary>
    public void Advance(NewGeneration head) => (Generation, TransactionId) = (head.Generation, head.TransactionId);

    /// <summary>Takes over the answer to an upload that ended with our <paramref name="generation"/>.</summary>
    public void Advance(NewGeneration answer, long generation)
    {
        if (Uid is null && Revision.IsReplicaUid(answer.ReplicaUid))
        {
            Uid = answer.ReplicaUid;
        }

        (MustBeMade, Generation, TransactionId, KnowsUs) = (false, answer.Generation, answer.TransactionId, generation);
    }
}
