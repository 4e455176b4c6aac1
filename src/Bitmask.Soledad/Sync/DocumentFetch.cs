using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>Fetches named documents, beside whatever a sync does: what is needed now, or was put aside before.</summary>
/// <param name="store">Where to.</param>
/// <param name="codec">Opens them.</param>
/// <param name="wire">Where from.</param>
/// <param name="options">How to cut the work.</param>
/// <param name="tell">Tells what the user should know.</param>
/// <param name="ownLimit">As <see cref="SyncIntake"/> has it.</param>
internal sealed class DocumentFetch(SoledadStore store, IDocumentCodec codec, SyncWire wire, SyncOptions options, Action<SoledadEvent> tell, ulong? ownLimit = null)
{
    private const string TriedSetting = "sync.quarantine-tried";

    /// <summary>Fetches documents by the ids that the provider knows; says how many changed something here.</summary>
    public async Task<int> RunAsync(IEnumerable<string> wireIds, CancellationToken cancellationToken)
    {
        var received = 0;
        foreach (var ids in wireIds.Distinct(StringComparer.Ordinal).Chunk(DocumentsQuery.MaxIds))
        {
            var intake = new SyncIntake(store, store.Read(SyncClient.TargetOf) ?? "", tell, ownLimit);
            await wire.QueryAsync(
                new DocumentsQuery { Ids = ids },
                async stream =>
                {
                    await stream.ReadNewGenerationAsync(cancellationToken).ConfigureAwait(false);
                    var asked = ids.ToHashSet(StringComparer.Ordinal);
                    await new DownloadPipeline(codec, options).RunAsync(
                        async stopping => await stream.ReadEntryAsync(stopping).ConfigureAwait(false) is { } entry
                            ? asked.Remove(entry.Id) ? entry : throw SoledadHttp.Broken("The provider sent a document that was not asked for.")
                            : null,
                        (batch, stopping) => intake.TakeAsync(batch, static (_, _, _) => { }, stopping),
                        cancellationToken).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
            received += intake.Received;
        }

        return received;
    }

    /// <summary>Tries once more what was put aside, when the codec can read more than at the last try (security.md B4).</summary>
    public async Task RetryQuarantineAsync(CancellationToken cancellationToken)
    {
        var readable = codec.Readable;
        var (before, tried) = store.Read(static reader => (Names(reader), reader.GetSetting(TriedSetting)));
        if (tried == readable)
        {
            return;
        }

        if (before.Count > 0)
        {
            // What is refused again was told when it came.
            var again = new DocumentFetch(store, codec, wire, options, happened =>
            {
                if (happened.Name != SoledadCodes.DocumentRefused)
                {
                    tell(happened);
                }
            });
            await again.RunAsync(before.Where(DocumentId.IsValid), cancellationToken).ConfigureAwait(false);
            var released = before.Count - store.Read(Names).Count(before.Contains);
            if (released > 0)
            {
                tell(new SoledadEvent(SoledadCodes.QuarantineReleased, $"{released} documents that had been put aside can be read now."));
            }
        }

        await store.WriteAsync(tx => tx.SetSetting(TriedSetting, readable), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>After a re-join everything is tried again.</summary>
    public static void TryAgain(StoreTransaction transaction) => transaction.SetSetting(TriedSetting, null);

    private static HashSet<string> Names(StoreReader reader) => [.. reader.Sql.Query("SELECT wire_id FROM quarantine", static row => row.GetText(0))];
}
