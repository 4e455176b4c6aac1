using Bitmask.Soledad;

namespace Bitmask.Daemon.Jobs;

/// <summary>
/// Changes that are not gathered before they are sent (security.md B6), beside new mail, of which <see cref="Bitmask.Mail.Pipelines.IncomingPipeline"/> knows:
/// keys and devices. What a user does by the hundred, is.
/// </summary>
internal static class UrgentChanges
{
    private const string Query = """
        SELECT 1 FROM transaction_log l JOIN document d ON d.doc_id = l.doc_id
        WHERE l.generation > ?1 AND l.generation <= ?2 AND d.is_local AND d.type IN ('OpenPGPKey', 'OpenPGPKey-active', 'device') LIMIT 1
        """;

    /// <summary>Whether there is one among the changes after a generation and up to another.</summary>
    public static bool Any(StoreReader reader, long after, long upTo) => reader.Sql.ScalarInt64(Query, after, upTo) is not null;
}
