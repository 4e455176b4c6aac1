using System.Text.Json;
using Bitmask.Provider.Tests.World;
using Bitmask.Soledad;
using Bitmask.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Provider.Tests.Faults;

/// <summary>
/// Alice's account at a real provider, on two devices with real stores: the laptop, whose line is bad, and the phone, whose line is good. What both
/// write is remembered here, so that after each fault everything can be compared with what must be there.
/// </summary>
internal sealed class FaultWorld : IAsyncDisposable
{
    private const string Shared = "shared";

    private readonly Keyset _keyset = Keyset.Create(new string('0', 64), DateTimeOffset.UnixEpoch);
    private readonly Dictionary<string, string?> _expected = [];
    private readonly SortedSet<string> _words = new(StringComparer.Ordinal);
    private int _edits;

    private FaultWorld(TestProvider provider, Person alice)
    {
        (Provider, Alice) = (provider, alice);
        (Laptop, Phone) = (NewDevice(), NewDevice());
    }

    public TestProvider Provider { get; }

    public Person Alice { get; }

    public FakeTimeProvider LaptopClock { get; } = new(TimeProvider.System.GetUtcNow());

    public Device Laptop { get; }

    public Device Phone { get; }

    public static async Task<FaultWorld> StartAsync(Func<ProviderSettings, ProviderSettings>? change = null, DatabaseOptions? database = null)
    {
        var provider = await TestProvider.StartAsync(change: change, database: database);
        var world = new FaultWorld(provider, await Person.SealedAsync(provider));
        await world.Laptop.CreateAsync(Shared, Device.Words());
        await world.Laptop.SyncAsync();
        await world.Phone.SyncAsync();
        return world;
    }

    /// <summary>A device that knows nothing yet.</summary>
    public Device NewDevice()
    {
        var device = new Device(Alice, id => new SealedCodec(_keyset, Alice.Id, id), LaptopClock);
        device.Store.KeepDigest(_keyset.DigestKey);
        return device;
    }

    /// <summary>
    /// Something of everything that a sync can have to do: the laptop has a new document, one deleted and one changed; so has the phone, and the changed one
    /// is the same. The phone's are at the provider.
    /// </summary>
    public async Task EditAsync(int padding = 0)
    {
        await EditOfflineAsync(padding);
        await Phone.SyncAsync();
    }

    /// <summary>As <see cref="EditAsync"/>, and nobody has synced yet.</summary>
    public async Task EditOfflineAsync(int padding = 0)
    {
        var i = ++_edits;
        await WriteAsync(Laptop, "laptop", i, padding);
        await WriteAsync(Phone, "phone", i, padding);
    }

    /// <summary>Both devices sync, nothing disturbs them; then all three places have exactly what was written, once, and nobody was alarmed.</summary>
    public async Task AssertConvergesAsync(string after)
    {
        Laptop.Line = Phone.Line = Provider.Soledad;
        foreach (var device in (Device[])[Laptop, Phone, Laptop])
        {
            var report = await device.SyncAsync();
            Assert.True(report.IsComplete && report.Events.Count == 0, $"{after}: {string.Join(", ", report.Events)}");
        }

        await AssertHoldsAsync(Laptop, after);
        await AssertHoldsAsync(Phone, after);
    }

    /// <summary>
    /// What a device takes for acknowledged is at the provider, whatever went wrong: on it hangs that a mail leaves the box (security.md A7). What both changed is no part
    /// of it: there the provider keeps the first, and the merged one follows.
    /// </summary>
    public async Task AssertAcknowledgedIsThereAsync(Device device, string after)
    {
        var codec = new SealedCodec(_keyset, Alice.Id, device.Store.DeviceId);
        var acknowledged = device.Store.Read(static reader => reader.Sql.Query(
            """
            SELECT d.doc_id, d.rev FROM document d
            WHERE d.is_local AND d.doc_id <> ?1 AND (SELECT max(l.generation) FROM transaction_log l WHERE l.doc_id = d.doc_id) <= ?2
            """,
            static row => (Id: row.GetText(0), Rev: row.GetText(1)), Shared, SyncClient.AcknowledgedGeneration(reader)));
        var there = (await new Replica(Alice).QueryAsync("{}")).Entries.ToDictionary(static entry => entry.Id, static entry => entry.Rev);
        Assert.All(acknowledged, document => Assert.True(there.GetValueOrDefault(codec.WireId(document.Id)) == document.Rev, $"{after}: {document.Id} counts as acknowledged"));
    }

    /// <summary>A device has what the provider has and what was written.</summary>
    public async Task AssertHoldsAsync(Device device, string after)
    {
        var codec = new SealedCodec(_keyset, Alice.Id, device.Store.DeviceId);
        var documents = device.Store.Read(static reader => reader.GetAll(null, 10_000, includeDeleted: true));
        var own = documents.Where(static document => !document.Id.StartsWith("device-head-", StringComparison.Ordinal)).ToDictionary(static document => document.Id, static document => document.Json);
        Assert.True(_expected.Keys.Append(Shared).Order(StringComparer.Ordinal).SequenceEqual(own.Keys.Order(StringComparer.Ordinal)), after);
        Assert.All(_expected, expected => Assert.True(own[expected.Key] == expected.Value, $"{after}: {expected.Key}"));
        Assert.True(Device.Words(_words) == own[Shared], $"{after}: an edit of the shared document is missing");

        var there = await new Replica(Alice).QueryAsync("{}");
        Assert.Equal(
            documents.Select(document => $"{codec.WireId(document.Id)} {document.Rev}").Order(StringComparer.Ordinal),
            there.Entries.Select(static entry => $"{entry.Id} {entry.Rev}").Order(StringComparer.Ordinal));
        Assert.Empty(StoreCheck.Compare(device.Store));
        Assert.Empty(device.Store.Read(static reader => reader.Quarantined()));
        Assert.Empty(device.Store.Read(static reader => reader.Sql.Query("SELECT doc_id FROM conflict UNION ALL SELECT doc_id FROM conflict_archive", static row => row.GetText(0))));
    }

    public async ValueTask DisposeAsync()
    {
        Laptop.Dispose();
        Phone.Dispose();
        Alice.Dispose();
        _keyset.Dispose();
        await Provider.DisposeAsync();
    }

    private async Task WriteAsync(Device device, string name, int i, int padding)
    {
        var json = JsonSerializer.Serialize(new Dictionary<string, object> { ["n"] = i, ["by"] = name, ["padding"] = new string('x', padding) });
        await device.CreateAsync($"{name}-{i}", json);
        _expected[$"{name}-{i}"] = json;
        if (i > 1)
        {
            await device.DeleteAsync($"{name}-{i - 1}");
            _expected[$"{name}-{i - 1}"] = null;
        }

        _words.Add($"{name}{i}");
        await device.EditAsync(Shared, Device.Words(WordsOf(device[Shared]!).Append($"{name}{i}")));
    }

    private static IEnumerable<string> WordsOf(string json)
        => JsonDocument.Parse(json).RootElement.GetProperty("words").EnumerateArray().Select(static word => word.GetString()!);
}
