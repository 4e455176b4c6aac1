using Bitmask.Protocol.Soledad;

namespace Bitmask.Daemon.Tests.World;

/// <summary>Rewrites a sync stream on its way to the device.</summary>
internal static class Streams
{
    public static ProxiedAnswer Change(ProxiedAnswer answer, Func<IReadOnlyList<SyncEntry>, IEnumerable<SyncEntry>> change)
        => ChangeAsync(answer, change).GetAwaiter().GetResult(); // over octets in memory: never waits

    private static async Task<ProxiedAnswer> ChangeAsync(ProxiedAnswer answer, Func<IReadOnlyList<SyncEntry>, IEnumerable<SyncEntry>> change)
    {
        var reader = new SyncStreamReader(new MemoryStream(answer.Body));
        var head = await reader.ReadNewGenerationAsync();
        var entries = new List<SyncEntry>();
        while (await reader.ReadEntryAsync() is { } entry)
        {
            entries.Add(entry);
        }

        var changed = change(entries).ToList();
        using var output = new MemoryStream();
        var writer = new SyncStreamWriter(output);
        await writer.WriteNewGenerationAsync(head with { NumberOfChanges = changed.Count });
        foreach (var entry in changed)
        {
            await writer.WriteEntryAsync(entry);
        }

        await writer.CompleteAsync();
        return answer with { Body = output.ToArray() };
    }
}
